/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/host-driver-fixture.h"

#include <string.h>

Fake fake;
Mei mei;
uint8_t buffer[5000];
uint8_t buffer2[5000];
uint8_t data[8000];
uint8_t read_data[8000];
size_t received;

static void set_up(void)
{
    fake_init(&fake, &mei);
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 7 + i / 256);
    }
    memset(read_data, 0, sizeof(read_data));
}

static void tear_down(void)
{
    fake_free(&fake);
}

TCase *fixture_case(Suite *s, const char *name)
{
    TCase *tcase = unit_case(s, name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    return tcase;
}

MeiConnection *connect_to(const SwmeGuid *guid, uint8_t *into)
{
    MeiConnection *connection;

    ck_assert_int_eq(mei_connect(&mei, guid, into, sizeof(buffer), &connection), MEI_OK);
    fake_forget(&fake);
    return connection;
}

void settle(void)
{
    while (mei_poll(&mei, MEI_NS_PER_MS) == MEI_OK) {
    }
}
