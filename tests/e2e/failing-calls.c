/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a program, has one of its calls of libc fail: FAILING_CALL=NAME:N:ERRNO, the N-th
 * of that name. Only what the program itself calls counts, not what its libraries do. At its end
 * the numbers of calls are appended to the file FAILING_CALLS_LOG, a line "NAME NUMBER" each.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* glibc's own: what dlsym() finds may itself allocate. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);

enum {
    MALLOC,
    CALLOC,
    SOCKET,
    BIND,
    LISTEN,
    ACCEPT,
    CONNECT,
    SEND,
    SENDMSG,
    SENDTO,
    RECV,
    SETSOCKOPT,
    POLL,
    PIPE,
    FCNTL,
    LSTAT,
    NAMES,
};

static const char *const names[NAMES] = {
    "malloc",  "calloc", "socket", "bind",       "listen", "accept", "connect", "send",
    "sendmsg", "sendto", "recv",   "setsockopt", "poll",   "pipe",   "fcntl",   "lstat",
};

static uintptr_t begin, end; /* of the program's code */
static unsigned int counts[NAMES];
static unsigned int failing = NAMES, at;
static int why;
static bool begun, over;

static int find_program(struct dl_phdr_info *info, size_t size, void *opaque)
{
    (void)size;
    (void)opaque;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X)) {
            begin = info->dlpi_addr + segment->p_vaddr;
            end = begin + segment->p_memsz;
        }
    }
    return 1; /* the first is the program */
}

/* What is left is the coverage counters', and others' that clean up. */
static void finish(void)
{
    const char *path = getenv("FAILING_CALLS_LOG");
    FILE *file = path ? fopen(path, "ae") : NULL;

    over = true;
    for (unsigned int i = 0; file && i < NAMES; i++) {
        if (counts[i]) {
            fprintf(file, "%s %u\n", names[i], counts[i]);
        }
    }
    if (file) {
        fclose(file);
    }
}

__attribute__((constructor)) static void prepare(void)
{
    const char *wanted = getenv("FAILING_CALL");
    char name[16];

    dl_iterate_phdr(find_program, NULL);
    if (wanted && sscanf(wanted, "%15[a-z]:%u:%d", name, &at, &why) == 3) {
        for (unsigned int i = 0; i < NAMES; i++) {
            failing = strcmp(name, names[i]) == 0 ? i : failing;
        }
    }
}

/* True, with errno set: this call is the one that fails. */
static bool fails(unsigned int name, const void *caller)
{
    if (over || (uintptr_t)caller < begin || (uintptr_t)caller >= end) {
        return false;
    }
    if (!begun) {
        begun = true;
        atexit(finish); /* from within main(), so that it comes before destructors */
    }
    if (++counts[name] != at || name != failing) {
        return false;
    }
    errno = why;
    return true;
}

#define FAILS(name) fails(name, __builtin_return_address(0))
/* The real one, of the type of this one. */
#define REAL(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

void *malloc(size_t size)
{
    return FAILS(MALLOC) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return FAILS(CALLOC) ? NULL : __libc_calloc(count, size);
}

int socket(int domain, int type, int protocol)
{
    return FAILS(SOCKET) ? -1 : REAL(socket)(domain, type, protocol);
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
    return FAILS(BIND) ? -1 : REAL(bind)(fd, address, size);
}

int listen(int fd, int backlog)
{
    return FAILS(LISTEN) ? -1 : REAL(listen)(fd, backlog);
}

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict size)
{
    return FAILS(ACCEPT) ? -1 : REAL(accept)(fd, address, size);
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    return FAILS(CONNECT) ? -1 : REAL(connect)(fd, address, size);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    return FAILS(SEND) ? -1 : REAL(send)(fd, data, size, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return FAILS(SENDMSG) ? -1 : REAL(sendmsg)(fd, message, flags);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
               socklen_t length)
{
    return FAILS(SENDTO) ? -1 : REAL(sendto)(fd, data, size, flags, address, length);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    return FAILS(RECV) ? -1 : REAL(recv)(fd, data, size, flags);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    return FAILS(SETSOCKOPT) ? -1 : REAL(setsockopt)(fd, level, option, value, size);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    return FAILS(POLL) ? -1 : REAL(poll)(fds, count, timeout);
}

int pipe(int ends[2])
{
    return FAILS(PIPE) ? -1 : REAL(pipe)(ends);
}

/* The host driver sets flags with it, and nothing else. */
int fcntl(int fd, int command, ...)
{
    va_list args;
    long argument;

    va_start(args, command);
    argument = va_arg(args, long);
    va_end(args);
    return FAILS(FCNTL) ? -1 : REAL(fcntl)(fd, command, argument);
}

int lstat(const char *restrict path, struct stat *restrict file)
{
    return FAILS(LSTAT) ? -1 : REAL(lstat)(path, file);
}
