/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/datagrams.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "firmware-sim/error.h"

/* A socket that is connected to there, or -1 and errno: no name is looked up, nothing is sent. */
static int connected(const char *address, uint16_t port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    char service[8];
    struct addrinfo *to = NULL;
    int fd;

    g_snprintf(service, sizeof(service), "%u", port);
    if (getaddrinfo(address, service, &hints, &to) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    fd = socket(to->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) != 0) {
        int code = errno;

        close(fd);
        fd = -1;
        errno = code;
    }
    freeaddrinfo(to);
    return fd;
}

static bool host_source(void *opaque G_GNUC_UNUSED, const char *address, uint16_t port,
                        uint8_t *ipv4)
{
    struct sockaddr_storage own;
    socklen_t size = sizeof(own);
    int fd = connected(address, port);
    bool found =
        fd >= 0 && getsockname(fd, (struct sockaddr *)&own, &size) == 0 && own.ss_family == AF_INET;

    if (found) {
        memcpy(ipv4, &((const struct sockaddr_in *)&own)->sin_addr, 4);
    }
    if (fd >= 0) {
        close(fd);
    }
    return found;
}

static bool host_send(void *opaque G_GNUC_UNUSED, const char *address, uint16_t port,
                      const void *data, size_t size, GError **error)
{
    int fd = connected(address, port);
    bool sent = fd >= 0 && send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size;

    if (!sent) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_STATE, "%s", g_strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return sent;
}

const SwmeDatagramOps swme_host_datagram_ops = {
    .source = host_source,
    .send = host_send,
};
