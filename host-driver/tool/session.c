/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause */
#include "host-driver/tool/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

MeiError session_fail(Session *session, MeiError error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(session->message, sizeof(session->message), format, args);
    va_end(args);
    return error;
}

void session_close(Session *session)
{
    if (session) {
        session->ops->close(session);
    }
}

MeiError session_info(Session *session, SessionInfo *info)
{
    memset(info, 0, sizeof(*info));
    return session->ops->info(session, info);
}

static int by_address(const void *a, const void *b)
{
    return ((const SessionClient *)a)->address - ((const SessionClient *)b)->address;
}

MeiError session_clients(Session *session, SessionClient *clients, size_t *count)
{
    MeiError error;

    *count = 0;
    error = session->ops->clients(session, clients, count);
    if (!error) {
        qsort(clients, *count, sizeof(*clients), by_address);
    }
    return error;
}

MeiError session_open_client(Session *session, const SwmeGuid *guid, Channel **channel)
{
    *channel = NULL;
    return session->ops->open(session, guid, 0, channel);
}

MeiError session_open_tagged(Session *session, const SwmeGuid *guid, uint8_t vtag,
                             Channel **channel)
{
    *channel = NULL;
    if (vtag == 0) {
        return session_fail(session, MEI_ERR_INVALID, "a tag is a number from 1 to 255");
    }
    return session->ops->open(session, guid, vtag, channel);
}

size_t session_poll_fds(Session *session, struct pollfd *fds, int *timeout)
{
    *timeout = -1;
    return session->ops->poll_fds(session, fds, timeout);
}

void session_dispatch(Session *session)
{
    session->ops->dispatch(session);
}

MeiError session_reset(Session *session)
{
    return session->ops->reset(session);
}

int64_t session_now(Session *session)
{
    return session->ops->now(session);
}

MeiError channel_write(Channel *channel, const void *data, size_t size, int timeout)
{
    if (size == 0) {
        return session_fail(channel->session, MEI_ERR_INVALID, "a message has at least one byte");
    }
    return channel->session->ops->write(channel, data, size, timeout);
}

MeiError channel_read(Channel *channel, void *data, size_t size, size_t *received, int timeout)
{
    *received = 0;
    if (!data && size > 0) {
        return session_fail(channel->session, MEI_ERR_BAD_POINTER, "read: bad pointer");
    }
    return channel->session->ops->read(channel, data, size, received, timeout);
}

MeiError channel_notify(Channel *channel, bool on)
{
    return channel->session->ops->notify(channel, on);
}

MeiError channel_event(Channel *channel, int timeout)
{
    return channel->session->ops->event(channel, timeout);
}

unsigned int channel_ready(Channel *channel)
{
    return channel->session->ops->ready(channel);
}

void channel_close(Channel *channel)
{
    if (channel) {
        channel->session->ops->close_channel(channel);
    }
}
