/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <time.h>

#include <swme/guid.h>

#include "firmware-sim/amt/web/page.h"

static void date_rows(GString *page, const AmtState *amt)
{
    time_t now = (time_t)amt_state_time(amt);
    struct tm parts;
    char text[32];

    if (gmtime_r(&now, &parts)) {
        strftime(text, sizeof(text), "%m/%d/%Y", &parts);
        web_table_row(page, "Date", text);
        strftime(text, sizeof(text), "%I:%M %p", &parts);
        web_table_row(page, "Time", text);
    }
}

void web_show_status(WebVisit *visit, GString *page)
{
    const AmtState *amt = visit->web->context.amt;
    const AmtInterface *wired = &amt_state_data(amt)->network.lan[0];
    char address[16];
    char uuid[SWME_GUID_STRING_SIZE];
    SwmeGuid guid;

    memcpy(guid.bytes, amt_state_data(amt)->identity.uuid, sizeof(guid.bytes));
    swme_guid_format(&guid, uuid);
    g_snprintf(address, sizeof(address), "%u.%u.%u.%u", wired->address >> 24,
               wired->address >> 16 & 0xff, wired->address >> 8 & 0xff, wired->address & 0xff);
    web_table_begin(page, NULL);
    web_table_row(page, "Power", web_power_state(visit));
    web_table_row(page, "IP address", address);
    web_table_row(page, "IPv6 address", wired->ipv6 ? wired->ipv6_address[0].text : "Disabled");
    web_table_row(page, "System ID", uuid);
    date_rows(page, amt);
    web_table_end(page);
}
