/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session's connect when the system has no more memory. The library itself allocates nothing, so
 * this is the one place above registers where MEI_ERR_NO_MEMORY can come from. The linker puts the
 * two functions below in front of libc's (--wrap).
 */
#include <stdlib.h>

#include "host-driver/tool/session.h"
#include "tests/unit/host-driver-fixture.h"

void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);

static unsigned int left; /* allocations until one fails; 0: none does */

static bool fails(void)
{
    return left > 0 && --left == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

static void close_nothing(void *transport)
{
    (void)transport;
}

START_TEST(a_connect_without_memory_says_so_and_leaves_nothing)
{
    RegisterTransport transport = {
        .ops = &fake_ops, .transport = &fake, .close = close_nothing, .virtual_time = true};
    Session *session = session_new_registers(&transport);
    Channel *channel = NULL;
    MeiError error;

    ck_assert_ptr_nonnull(session);
    fake_forget(&fake);
    left = (unsigned int)_i + 1;
    error = session_open_client(session, &fake_plain_guid, &channel);
    left = 0;
    ck_assert_int_eq(error, MEI_ERR_NO_MEMORY);
    ck_assert_str_eq(session->message, "connect: out of memory");
    ck_assert_ptr_null(channel);
    ck_assert_uint_eq(fake.packet_count, 0); /* the firmware was asked for nothing */
    ck_assert_int_eq(session_open_client(session, &fake_plain_guid, &channel), MEI_OK);
    channel_close(channel);
    session_close(session);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("host-driver-memory");
    TCase *tcase = fixture_case(s, "connect");

    tcase_add_loop_test(tcase, a_connect_without_memory_says_so_and_leaves_nothing, 0, 2);
    return unit_run(s);
}
