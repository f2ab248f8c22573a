/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who gets alerts: AMT_SNMPEventSubscriber's AccessInfo and CommunityString, and a port. */
#include "firmware-sim/amt/amt-alerts.h"

#include <arpa/inet.h>
#include <string.h>

#include "firmware-sim/error.h"

#define HOW "an alert goes to ADDRESS[:PORT[:COMMUNITY]]"

#define refuse(error, ...) swme_error_set(error, SWME_ERROR_ARGUMENT, NULL, __VA_ARGS__)

/* ---- one ---- */

/* The one way to write it, so that the same one is found again. */
static bool normal_address(const char *text, char *out)
{
    uint8_t bytes[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    return inet_pton(family, text, bytes) == 1 &&
           inet_ntop(family, bytes, out, AMTHI_IP_TEXT_SIZE) != NULL;
}

bool amt_community_sane(const char *community)
{
    for (const char *c = community; *c; c++) {
        if (!g_ascii_isgraph(*c) || *c == '+') {
            return false; /* + stands between subscribers */
        }
    }
    return *community && strlen(community) < AMT_COMMUNITY_SIZE;
}

/* Takes the address off the front of *text, with the brackets around it. */
static char *take_address(const char **text)
{
    bool bracket = **text == '[';
    const char *begin = *text + bracket;
    size_t length = strcspn(begin, bracket ? "]" : ":");
    bool good = !bracket || begin[length] == ']';

    *text = begin + length + (bracket && good);
    return good ? g_strndup(begin, length) : NULL;
}

static bool parse(AmtSubscriber *subscriber, const char *text, GError **error)
{
    const char *rest = text;
    g_autofree char *shown = swme_error_text(text);
    g_autofree char *address = take_address(&rest);
    g_auto(GStrv) parts = g_strsplit(rest, ":", 3);
    guint count = g_strv_length(parts);
    guint64 port = AMT_ALERT_PORT;

    memset(subscriber, 0, sizeof(*subscriber));
    if (!address || !normal_address(address, subscriber->address) || (count && *parts[0])) {
        return refuse(error, HOW ", an address in figures and IPv6 in brackets, not '%.100s'",
                      shown);
    }
    if (count > 1 && *parts[1] &&
        !g_ascii_string_to_unsigned(parts[1], 10, 1, UINT16_MAX, &port, NULL)) {
        return refuse(error, HOW ", a port from 1 to 65535, not '%.100s'", shown);
    }
    if (count > 2 && !amt_community_sane(parts[2])) {
        return refuse(error,
                      HOW ", a community of 1 to %d characters without space and +, not '%.100s'",
                      AMT_COMMUNITY_SIZE - 1, shown);
    }
    subscriber->port = (uint32_t)port;
    g_strlcpy(subscriber->community, count > 2 ? parts[2] : AMT_ALERT_COMMUNITY,
              sizeof(subscriber->community));
    return true;
}

char *amt_subscriber_text(const AmtSubscriber *subscriber)
{
    bool six = strchr(subscriber->address, ':') != NULL;

    return g_strdup_printf("%s%s%s:%u:%s", six ? "[" : "", subscriber->address, six ? "]" : "",
                           subscriber->port, subscriber->community);
}

static bool is_free(const AmtSubscriber *subscriber)
{
    return *subscriber->address == '\0';
}

bool amt_subscriber_sane(const AmtSubscriber *subscriber)
{
    char normal[AMTHI_IP_TEXT_SIZE];

    if (is_free(subscriber)) {
        return subscriber->port == 0 && *subscriber->community == '\0' && !subscriber->handle &&
               !subscriber->policy;
    }
    return normal_address(subscriber->address, normal) &&
           g_str_equal(normal, subscriber->address) && subscriber->port != 0 &&
           (amt_community_sane(subscriber->community) ||
            (subscriber->handle && *subscriber->community == '\0'));
}

/* By who subscribed it is no other one. */
static bool same(const AmtSubscriber *a, const AmtSubscriber *b)
{
    return g_str_equal(a->address, b->address) && a->port == b->port &&
           g_str_equal(a->community, b->community);
}

/* ---- all ---- */

unsigned int amt_subscriber_count(const AmtAlerts *alerts)
{
    unsigned int count = 0;

    while (count < AMT_SUBSCRIBERS && !is_free(&alerts->subscriber[count])) {
        count++;
    }
    return count;
}

bool amt_alerts_possible(const AmtState *amt)
{
    return !amt_state_platform(amt)->no_alerts;
}

static bool add(const AmtState *amt, AmtAlerts *alerts, const char *text, GError **error)
{
    unsigned int count = amt_subscriber_count(alerts);
    AmtSubscriber subscriber;

    if (!amt_alerts_possible(amt)) {
        return refuse(error, "platform '%s' sends no alerts: firmware from 18 on has none",
                      amt_state_platform(amt)->name);
    }
    if (!parse(&subscriber, text, error)) {
        return false;
    }
    for (unsigned int i = 0; i < count; i++) {
        if (same(&alerts->subscriber[i], &subscriber)) {
            g_autofree char *shown = amt_subscriber_text(&subscriber);

            return refuse(error, "%s is subscribed to alerts already", shown);
        }
    }
    if (count == AMT_SUBSCRIBERS) {
        return refuse(error, "there are %d subscribers to alerts, and no more can be",
                      AMT_SUBSCRIBERS);
    }
    alerts->subscriber[count] = subscriber;
    return true;
}

bool amt_alerts_add(AmtState *amt, const char *text, GError **error)
{
    AmtAlerts alerts = amt_state_data(amt)->alerts;
    bool good = add(amt, &alerts, text, error);

    if (good) {
        amt_state_set_alerts(amt, &alerts);
    }
    return good;
}

bool amt_alerts_remove(AmtState *amt, const char *text, GError **error)
{
    AmtAlerts alerts = amt_state_data(amt)->alerts;
    unsigned int count = amt_subscriber_count(&alerts);
    unsigned int kept = 0;
    bool all = g_str_equal(text, "all");
    AmtSubscriber wanted;

    if (!all && !parse(&wanted, text, error)) {
        return false;
    }
    for (unsigned int i = 0; i < count; i++) {
        if (!all && !same(&alerts.subscriber[i], &wanted)) {
            alerts.subscriber[kept++] = alerts.subscriber[i];
        }
    }
    if (!all && kept == count) {
        g_autofree char *shown = amt_subscriber_text(&wanted);

        return refuse(error, "%s is not subscribed to alerts", shown);
    }
    memset(&alerts.subscriber[kept], 0, (count - kept) * sizeof(wanted));
    amt_state_set_alerts(amt, &alerts);
    return true;
}

bool amt_alerts_set(AmtState *amt, const char *list, GError **error)
{
    AmtAlerts alerts = amt_state_data(amt)->alerts;
    g_auto(GStrv) each = NULL;

    if (!list) {
        return true;
    }
    memset(alerts.subscriber, 0, sizeof(alerts.subscriber));
    each = g_strsplit(g_str_equal(list, "none") ? "" : list, "+", AMT_SUBSCRIBERS + 2);
    if (*list == '\0') {
        return refuse(error, HOW "; 'none' is nobody, and several have + between them");
    }
    for (char **text = each; *text; text++) {
        if (!add(amt, &alerts, *text, error)) {
            return false;
        }
    }
    amt_state_set_alerts(amt, &alerts);
    return true;
}

bool amt_alerts_set_pace(AmtState *amt, uint32_t sends, uint32_t interval_s, GError **error)
{
    AmtAlerts alerts = amt_state_data(amt)->alerts;

    if (sends > AMT_ALERT_SENDS_MAX || interval_s > AMT_ALERT_INTERVAL_MAX_S) {
        return refuse(error, "an alert is sent 1 to %d times, 1 to %d seconds apart",
                      AMT_ALERT_SENDS_MAX, AMT_ALERT_INTERVAL_MAX_S);
    }
    alerts.sends = sends ? sends : alerts.sends;
    alerts.interval_s = interval_s ? interval_s : alerts.interval_s;
    amt_state_set_alerts(amt, &alerts);
    return true;
}

/* ---- WS-Management's ---- */

const char *amt_alerts_community(const AmtState *amt)
{
    const char *community = amt_state_data(amt)->alerts.community;

    return *community ? community : AMT_ALERT_COMMUNITY;
}

bool amt_alerts_subscribe(AmtAlerts *alerts, const char *access, const char *community,
                          uint32_t policy, unsigned int *slot)
{
    unsigned int count = amt_subscriber_count(alerts);
    const char *rest = access;
    g_autofree char *address = take_address(&rest);
    AmtSubscriber subscriber = {.policy = policy};
    guint64 port = AMT_ALERT_PORT;

    if (count == AMT_SUBSCRIBERS || alerts->last_handle == UINT32_MAX || !address ||
        !normal_address(address, subscriber.address) ||
        (*rest &&
         (*rest != ':' || !g_ascii_string_to_unsigned(rest + 1, 10, 1, UINT16_MAX, &port, NULL))) ||
        (community && !amt_community_sane(community))) {
        return false;
    }
    subscriber.port = (uint32_t)port;
    subscriber.handle = ++alerts->last_handle;
    g_strlcpy(subscriber.community, community ? community : "", sizeof(subscriber.community));
    alerts->subscriber[count] = subscriber;
    *slot = count;
    return true;
}

void amt_alerts_unsubscribe(AmtAlerts *alerts, unsigned int slot)
{
    unsigned int count = amt_subscriber_count(alerts);

    memmove(&alerts->subscriber[slot], &alerts->subscriber[slot + 1],
            (count - slot - 1) * sizeof(alerts->subscriber[0]));
    memset(&alerts->subscriber[count - 1], 0, sizeof(alerts->subscriber[0]));
}
