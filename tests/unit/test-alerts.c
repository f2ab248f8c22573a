/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Alerts: the bytes of a trap, who gets it, when it is repeated, and what saved state keeps of it.
 * The clock is moved by hand; what would leave is kept.
 */
#include <string.h>

#include "firmware-sim/amt/amt-alerts.h"
#include "firmware-sim/amt/amt-filters.h"
#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/amt/event-text.h"
#include "firmware-sim/amt/pet.h"
#include "firmware-sim/error.h"
#include "firmware-sim/manual-clock.h"
#include "tests/unit/unit.h"

/* 00112233-4455-6677-8899-aabbccddeeff as SMBIOS has it */
static const uint8_t uuid[16] = {0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
                                 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

#define TIME_S 1714979289 /* 2024-05-06 07:08:09 UTC */

/* ---- the trap's bytes ---- */

/* net-snmp's snmptrap makes these 109 bytes of the same values. */
static const char golden[] =
    "306b02010004067075626c6963a45e06092b06010401986f010140047f0000010201060203066f0543023039303f30"
    "3d"
    "060a2b06010401986f010101042f00112233445566778899aabbccddeeff0007318da55900006868"
    "10ffff2661aa0a000000000000190000015712"
    "34c1";

static char *hex_of(const uint8_t *bytes, size_t size)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < size; i++) {
        g_string_append_printf(text, "%02x", bytes[i]);
    }
    return g_string_free(text, FALSE);
}

static AmtEvent bad_passwords(void)
{
    AmtEvent event = amt_event_row_find("bad-passwords")->event;

    event.time_s = TIME_S;
    return event;
}

static AmtPet pet_of(const AmtEvent *event)
{
    return (AmtPet){
        .event = event,
        .community = "public",
        .agent = {127, 0, 0, 1},
        .uptime_cs = 12345,
        .guid = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
                 0xee, 0xff},
        .sequence = 7,
        .source = 0x68,
        .manufacturer = 343,
        .system_id = 0x1234,
    };
}

START_TEST(golden_vector)
{
    AmtEvent event = bad_passwords();
    AmtPet pet = pet_of(&event);
    uint8_t bytes[AMT_PET_MAX];
    size_t size = amt_pet_encode(&pet, bytes);
    g_autofree char *hex = hex_of(bytes, size);

    ck_assert_uint_eq(size, 109);
    ck_assert_str_eq(hex, golden);
}
END_TEST

/* A second reader of BER: walks the whole message, every length exact. */
typedef struct Reader {
    const uint8_t *at;
    const uint8_t *end;
} Reader;

static Reader element(Reader *reader, uint8_t tag)
{
    size_t length;
    Reader inside;

    MUST(reader->end - reader->at >= 2);
    MUST_EQ(reader->at[0], tag);
    length = reader->at[1];
    reader->at += 2;
    if (length & 0x80) {
        MUST_EQ(length, 0x81); /* the shortest form of what needs one */
        length = *reader->at++;
        MUST(length >= 0x80);
    }
    MUST(reader->end - reader->at >= (ptrdiff_t)length);
    inside = (Reader){reader->at, reader->at + length};
    reader->at += length;
    return inside;
}

static uint32_t number(Reader *reader, uint8_t tag)
{
    Reader inside = element(reader, tag);
    uint64_t value = 0;

    MUST(inside.at < inside.end && !(*inside.at & 0x80)); /* never negative */
    if (inside.end - inside.at > 1) {
        MUST(inside.at[0] != 0 || (inside.at[1] & 0x80)); /* no byte too many */
    }
    while (inside.at < inside.end) {
        value = value << 8 | *inside.at++;
    }
    MUST(value <= UINT32_MAX);
    return (uint32_t)value;
}

static void check_walk(const AmtPet *pet, const uint8_t *bytes, size_t size, uint32_t specific)
{
    Reader all = {bytes, bytes + size};
    Reader message = element(&all, 0x30);
    Reader part, trap, list, binding;

    MUST(all.at == all.end);
    MUST_EQ(number(&message, 2), 0);
    part = element(&message, 4);
    MUST_EQ((size_t)(part.end - part.at), strlen(pet->community));
    MUST(memcmp(part.at, pet->community, strlen(pet->community)) == 0);
    trap = element(&message, 0xa4);
    MUST(message.at == message.end);
    element(&trap, 6);
    element(&trap, 0x40);
    MUST_EQ(number(&trap, 2), 6);
    MUST_EQ(number(&trap, 2), specific);
    MUST_EQ(number(&trap, 0x43), pet->uptime_cs);
    list = element(&trap, 0x30);
    MUST(trap.at == trap.end);
    binding = element(&list, 0x30);
    MUST(list.at == list.end);
    element(&binding, 6);
    part = element(&binding, 4);
    MUST_EQ(part.end - part.at, 47);
    MUST(binding.at == binding.end);
}

START_TEST(ber_at_every_length)
{
    static const uint32_t uptimes[] = {0,      0x7f,     0x80,       0xff,       0x7fff,
                                       0x8000, 0x7fffff, 0x80000000, 0xffffffff, 0x100};
    static const struct {
        uint8_t type, event, offset;
        uint32_t specific;
    } specifics[] = {
        {0, 0, 0x7f, 0x0f},           {0, 0, 0x80, 0x80},        {0, 0x6f, 5, 0x6f05},
        {0, 0x80, 0x8f, 0x808f},      {0x7f, 0xff, 5, 0x7fff05}, {0xc0, 0x70, 0, 0xc07000},
        {0xff, 0xff, 0xff, 0xffff8f}, {5, 0x6f, 0x80, 0x056f80},
    };

    for (size_t length = 1; length <= AMT_COMMUNITY_SIZE - 1; length++) {
        g_autofree char *community = g_strnfill(length, 'x');

        for (size_t i = 0; i < UNIT_COUNT(uptimes); i++) {
            for (size_t j = 0; j < UNIT_COUNT(specifics); j++) {
                AmtEvent event = bad_passwords();
                AmtPet pet = pet_of(&event);
                uint8_t bytes[AMT_PET_MAX];
                size_t size;

                event.sensor_type = specifics[j].type;
                event.event_type = specifics[j].event;
                event.offset = specifics[j].offset;
                pet.community = community;
                pet.uptime_cs = uptimes[i];
                size = amt_pet_encode(&pet, bytes);
                MUST(size > 0);
                check_walk(&pet, bytes, size, specifics[j].specific);
            }
        }
    }
}
END_TEST

START_TEST(a_community_that_is_too_long_makes_no_trap)
{
    AmtEvent event = bad_passwords();
    AmtPet pet = pet_of(&event);
    uint8_t bytes[AMT_PET_MAX + 8];
    size_t fits = 0;

    memset(bytes, 0xee, sizeof(bytes));
    for (size_t length = 1; length < 400; length++) {
        g_autofree char *community = g_strnfill(length, 'x');
        size_t size;

        pet.community = community;
        size = amt_pet_encode(&pet, bytes);
        MUST(size <= AMT_PET_MAX);
        MUST(size == 0 || fits + 1 == length); /* once too long, always too long */
        fits = size ? length : fits;
        for (size_t i = AMT_PET_MAX; i < sizeof(bytes); i++) {
            MUST_EQ(bytes[i], 0xee);
        }
    }
    MUST(fits >= AMT_COMMUNITY_SIZE - 1);
}
END_TEST

START_TEST(times_before_1998_are_not_known)
{
    AmtEvent event = bad_passwords();
    AmtPet pet = pet_of(&event);
    uint8_t bytes[AMT_PET_MAX];
    size_t size;

    event.time_s = 883612799;
    size = amt_pet_encode(&pet, bytes);
    MUST(memcmp(bytes + size - 47 + 18, "\0\0\0\0\0\0", 6) == 0);
    event.time_s = 883612801;
    size = amt_pet_encode(&pet, bytes);
    MUST(memcmp(bytes + size - 47 + 18, "\0\0\0\1\0\0", 6) == 0);
}
END_TEST

/* ---- an AMT with alerts ---- */

typedef struct Rig {
    SwmeManualClock *clock;
    AmtState *amt;
    AmtAlerter *alerter;
    GString *sent;  /* "ADDRESS:PORT #SEQUENCE @SECONDS" and a newline for each */
    GString *notes; /* a line each */
    bool broken;    /* the network */
    uint8_t last[AMT_PET_MAX];
    size_t last_size;
} Rig;

static bool fake_source(void *opaque G_GNUC_UNUSED, const char *address G_GNUC_UNUSED,
                        uint16_t port G_GNUC_UNUSED, uint8_t *ipv4)
{
    memcpy(ipv4, (const uint8_t[]){10, 1, 2, 3}, 4);
    return true;
}

static bool fake_send(void *opaque, const char *address, uint16_t port, const void *data,
                      size_t size, GError **error)
{
    Rig *rig = opaque;
    int64_t now = swme_manual_clock(rig->clock)->now(swme_manual_clock(rig->clock));
    const uint8_t *value = (const uint8_t *)data + size - 47;

    ck_assert_uint_le(size, sizeof(rig->last));
    memcpy(rig->last, data, size);
    rig->last_size = size;
    if (rig->broken) {
        g_set_error(error, SWME_ERROR, SWME_ERROR_STATE, "Network is unreachable");
        return false;
    }
    g_string_append_printf(rig->sent, "%s:%u #%u @%d\n", address, port, value[16] << 8 | value[17],
                           (int)(now / SWME_NS_PER_S));
    return true;
}

static const SwmeDatagramOps fake_ops = {.source = fake_source, .send = fake_send};

static void fake_note(void *opaque, const char *text)
{
    g_string_append_printf(((Rig *)opaque)->notes, "%s\n", text);
}

static void rig_start(Rig *rig)
{
    const SwmeDatagrams datagrams = {.ops = &fake_ops, .opaque = rig};

    rig->alerter =
        amt_alerter_new(rig->amt, swme_manual_clock(rig->clock), &datagrams, fake_note, rig);
}

static Rig *rig_of(const char *platform, const char *subscribers)
{
    Rig *rig = g_new0(Rig, 1);
    g_autoptr(GError) error = NULL;

    rig->clock = swme_manual_clock_new();
    rig->amt = amt_state_new(swme_platform_find(platform, NULL), uuid,
                             swme_manual_clock(rig->clock), TIME_S);
    rig->sent = g_string_new(NULL);
    rig->notes = g_string_new(NULL);
    rig_start(rig);
    MUST_MSG(amt_alerts_set(rig->amt, subscribers, &error), "%s", error ? error->message : "");
    return rig;
}

static Rig *rig_new(const char *subscribers)
{
    return rig_of(NULL, subscribers);
}

static void rig_free(Rig *rig)
{
    amt_alerter_free(rig->alerter);
    amt_state_free(rig->amt);
    swme_manual_clock_free(rig->clock);
    g_string_free(rig->sent, TRUE);
    g_string_free(rig->notes, TRUE);
    g_free(rig);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rig, rig_free)

static void raise_named(Rig *rig, const char *name)
{
    const AmtEventRow *row = amt_event_row_find(name);

    amt_event_raise(rig->amt, &row->event, row->route);
}

static void pass(Rig *rig, int64_t seconds)
{
    swme_manual_clock_advance(rig->clock, seconds * SWME_NS_PER_S);
}

START_TEST(three_sendings_within_a_minute_and_then_silence)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1+[2001:DB8::1]:1162:private");

    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
    raise_named(rig, "os-hung");
    ck_assert_str_eq(rig->sent->str, "10.0.0.1:162 #1 @0\n2001:db8::1:1162 #1 @0\n");
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 1);
    pass(rig, 5);
    raise_named(rig, "bad-passwords");
    pass(rig, 14);
    g_string_truncate(rig->sent, 0);
    pass(rig, 1);
    ck_assert_str_eq(rig->sent->str, "10.0.0.1:162 #1 @20\n2001:db8::1:1162 #1 @20\n");
    pass(rig, 60);
    ck_assert_str_eq(rig->sent->str, "10.0.0.1:162 #1 @20\n2001:db8::1:1162 #1 @20\n"
                                     "10.0.0.1:162 #2 @25\n2001:db8::1:1162 #2 @25\n"
                                     "10.0.0.1:162 #1 @40\n2001:db8::1:1162 #1 @40\n"
                                     "10.0.0.1:162 #2 @45\n2001:db8::1:1162 #2 @45\n");
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
    ck_assert_uint_eq(amt_alerter_counters(rig->alerter)->events, 2);
    ck_assert_uint_eq(amt_alerter_counters(rig->alerter)->sent, 12);
    ck_assert_uint_eq(amt_alerter_pending(rig->alerter), 0);
}
END_TEST

START_TEST(the_trap_says_who_and_when)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1");
    AmtNetwork network;
    uint8_t *value;

    pass(rig, 10);
    raise_named(rig, "os-hung");
    value = rig->last + rig->last_size - 47;
    ck_assert(memcmp(value, pet_of(NULL).guid, 16) == 0);
    ck_assert(memcmp(value + 18, "\x31\x8d\xa5\x63\0\0\x50\x68\x10\xff\xff\x23\0", 13) == 0);
    ck_assert(memcmp(value + 39, "\x19\0\0\x01\x57\xa0\xe0\xc1", 8) == 0);
    ck_assert(memcmp(rig->last + 28, "\x0a\x01\x02\x03", 4) == 0); /* the datagram's own */
    network = amt_state_data(rig->amt)->network;
    network.lan[0].address = 0xc0a80105;
    amt_state_set_network(rig->amt, &network);
    raise_named(rig, "os-hung");
    ck_assert(memcmp(rig->last + 28, "\xc0\xa8\x01\x05", 4) == 0);
}
END_TEST

START_TEST(what_is_not_sent)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1");
    AmtSetup setup = amt_state_data(rig->amt)->setup;

    raise_named(rig, "reset"); /* goes to the log alone */
    ck_assert_uint_eq(rig->sent->len, 0);
    raise_named(rig, "heartbeat");
    pass(rig, 100);
    ck_assert_str_eq(rig->sent->str, "10.0.0.1:162 #1 @0\n"); /* once */
    g_string_truncate(rig->sent, 0);
    setup.operational = false;
    amt_state_set_setup(rig->amt, &setup);
    raise_named(rig, "os-hung");
    ck_assert_uint_eq(rig->sent->len, 0);
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
}
END_TEST

START_TEST(repeats_end_with_their_reason)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1+10.0.0.2");
    AmtSetup setup = amt_state_data(rig->amt)->setup;
    g_autoptr(GError) error = NULL;

    raise_named(rig, "os-hung");
    MUST(amt_alerts_remove(rig->amt, "10.0.0.1", &error));
    g_string_truncate(rig->sent, 0);
    pass(rig, 20);
    ck_assert_str_eq(rig->sent->str, "10.0.0.2:162 #1 @20\n");
    MUST(amt_alerts_remove(rig->amt, "all", &error));
    pass(rig, 20);
    ck_assert_str_eq(rig->sent->str, "10.0.0.2:162 #1 @20\n");
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);

    MUST(amt_alerts_add(rig->amt, "10.0.0.3", &error));
    raise_named(rig, "os-hung");
    setup.operational = false;
    amt_state_set_setup(rig->amt, &setup);
    pass(rig, 100);
    ck_assert_str_eq(rig->sent->str, "10.0.0.2:162 #1 @20\n10.0.0.3:162 #2 @40\n");
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
}
END_TEST

static void set_link(Rig *rig, bool link)
{
    AmtNetwork network = amt_state_data(rig->amt)->network;

    network.lan[0].link = link;
    amt_state_set_network(rig->amt, &network);
}

START_TEST(nothing_is_sent_late_when_the_link_was_down)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1");

    set_link(rig, false);
    raise_named(rig, "os-hung");
    pass(rig, 10);
    set_link(rig, true);
    pass(rig, 100);
    ck_assert_uint_eq(rig->sent->len, 0);
    ck_assert_uint_eq(amt_alerter_counters(rig->alerter)->suppressed, 1);
    ck_assert_str_eq(rig->notes->str, "alert not sent: no link\n");

    raise_named(rig, "os-hung");
    set_link(rig, false);
    pass(rig, 20);
    set_link(rig, true);
    pass(rig, 100);
    ck_assert_str_eq(rig->sent->str, "10.0.0.1:162 #1 @110\n10.0.0.1:162 #1 @150\n");
}
END_TEST

START_TEST(a_network_that_fails_is_counted_and_told)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1:162:secret");

    rig->broken = true;
    raise_named(rig, "os-hung");
    pass(rig, 20);
    rig->broken = false;
    pass(rig, 20);
    ck_assert_uint_eq(amt_alerter_counters(rig->alerter)->failed, 2);
    ck_assert_uint_eq(amt_alerter_counters(rig->alerter)->sent, 1);
    ck_assert_str_eq(rig->notes->str,
                     "alert 1, os-hung, to 10.0.0.1:162 failed: Network is unreachable\n"
                     "alert 1, os-hung, to 10.0.0.1:162 failed: Network is unreachable\n"
                     "alert 1, os-hung, to 10.0.0.1:162\n");
}
END_TEST

START_TEST(firmware_from_18_on_sends_none)
{
    g_autoptr(Rig) rig = rig_of("mtl-m", NULL);
    AmtAlerts alerts = amt_state_data(rig->amt)->alerts;
    g_autoptr(GError) error = NULL;

    MUST(!amt_alerts_add(rig->amt, "10.0.0.1", &error));
    MUST_MSG(strstr(error->message, "platform 'mtl-m' sends no alerts"), "%s", error->message);
    /* An NVM of an older machine. */
    g_strlcpy(alerts.subscriber[0].address, "10.0.0.1", sizeof(alerts.subscriber[0].address));
    alerts.subscriber[0].port = 162;
    g_strlcpy(alerts.subscriber[0].community, "public", sizeof(alerts.subscriber[0].community));
    amt_state_set_alerts(rig->amt, &alerts);
    raise_named(rig, "os-hung");
    ck_assert_uint_eq(rig->sent->len, 0);
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
    for (const SwmePlatform *p = swme_platforms; p->name; p++) {
        MUST_MSG(p->no_alerts == (p->version.major >= 18 && g_str_equal(p->firmware, "CSME")), "%s",
                 p->name);
    }
}
END_TEST

START_TEST(the_pace_is_a_setting)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1");
    g_autoptr(GError) error = NULL;

    MUST(amt_alerts_set_pace(rig->amt, 2, 7, &error));
    raise_named(rig, "os-hung");
    pass(rig, 100);
    ck_assert_str_eq(rig->sent->str, "10.0.0.1:162 #1 @0\n10.0.0.1:162 #1 @7\n");
    MUST(amt_alerts_set_pace(rig->amt, 1, 0, &error));
    ck_assert_uint_eq(amt_state_data(rig->amt)->alerts.interval_s, 7);
    raise_named(rig, "os-hung");
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), 0);
}
END_TEST

START_TEST(a_flood_is_bounded)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1");

    for (unsigned int i = 0; i < 20; i++) {
        raise_named(rig, "os-hung");
    }
    ck_assert_uint_eq(amt_alerter_pending(rig->alerter), 16);
    pass(rig, 100);
    ck_assert_uint_eq(amt_alerter_counters(rig->alerter)->sent, 20 + 16 * 2);
    ck_assert_uint_eq(amt_alerter_counters(rig->alerter)->suppressed, 4 * 2);
    ck_assert_uint_eq(amt_alerter_pending(rig->alerter), 0);
}
END_TEST

START_TEST(sequence_numbers_go_round_and_leave_zero_out)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1");

    for (unsigned int i = 0; i < UINT16_MAX; i++) {
        raise_named(rig, "heartbeat");
    }
    g_string_truncate(rig->sent, 0);
    raise_named(rig, "heartbeat");
    ck_assert_str_eq(rig->sent->str, "10.0.0.1:162 #1 @0\n");
}
END_TEST

/* ---- subscribers ---- */

static const struct {
    const char *text;
    const char *is; /* or a part of the error, behind ! */
} subscribers[] = {
    {"10.0.0.1", "10.0.0.1:162:public"},
    {"10.0.0.1:1162", "10.0.0.1:1162:public"},
    {"10.0.0.1:1162:a:b", "10.0.0.1:1162:a:b"},
    {"10.0.0.1::me", "10.0.0.1:162:me"},
    {"10.0.0.1:", "10.0.0.1:162:public"},
    {"[::1]", "[::1]:162:public"},
    {"[0:0::0001]:65535:x", "[::1]:65535:x"},
    {"10.0.0.1:1:01234567890123456789012345678901", "10.0.0.1:1:01234567890123456789012345678901"},
    {"", "!an address in figures"},
    {"localhost", "!an address in figures"},
    {"10.0.0", "!an address in figures"},
    {"10.0.0.1/8", "!an address in figures"},
    {"::1", "!IPv6 in brackets"},
    {"[::1", "!IPv6 in brackets"},
    {"[::1]162", "!IPv6 in brackets"},
    {"[fe80::1%lo]", "!an address in figures"},
    {"10.0.0.1:0", "!a port from 1"},
    {"10.0.0.1:65536", "!a port from 1"},
    {"10.0.0.1:-1", "!a port from 1"},
    {"10.0.0.1:snmp", "!a port from 1"},
    {"10.0.0.1:1:", "!a community of 1 to 32"},
    {"10.0.0.1:1:a b", "!a community of 1 to 32"},
    {"10.0.0.1:1:a\n", "!a community of 1 to 32"},
    {"10.0.0.1:1:012345678901234567890123456789012", "!a community of 1 to 32"},
};

START_TEST(subscribers_as_they_are_written)
{
    g_autoptr(Rig) rig = rig_new("none");
    const char *is = subscribers[_i].is;
    g_autoptr(GError) error = NULL;
    bool added = amt_alerts_add(rig->amt, subscribers[_i].text, &error);
    const AmtAlerts *alerts = &amt_state_data(rig->amt)->alerts;

    if (*is == '!') {
        ck_assert(!added);
        ck_assert_msg(strstr(error->message, is + 1) && !strchr(error->message, '\n'), "%s",
                      error->message);
        ck_assert_uint_eq(amt_subscriber_count(alerts), 0);
    } else {
        g_autofree char *text = NULL;

        ck_assert_msg(added, "%s", error ? error->message : "");
        text = amt_subscriber_text(&alerts->subscriber[0]);
        ck_assert_str_eq(text, is);
        ck_assert(!amt_alerts_add(rig->amt, subscribers[_i].text, &error));
        ck_assert_msg(strstr(error->message, "already"), "%s", error->message);
        g_clear_error(&error);
        ck_assert(amt_alerts_remove(rig->amt, is, &error));
        ck_assert_uint_eq(amt_subscriber_count(alerts), 0);
    }
}
END_TEST

START_TEST(so_many_and_no_more)
{
    g_autoptr(Rig) rig = rig_new("none");
    g_autoptr(GString) list = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    for (unsigned int i = 0; i < AMT_SUBSCRIBERS; i++) {
        g_string_append_printf(list, "%s10.0.0.%u", i ? "+" : "", i);
    }
    MUST(amt_alerts_set(rig->amt, list->str, &error));
    MUST(!amt_alerts_add(rig->amt, "10.0.1.1", &error));
    MUST_MSG(strstr(error->message, "no more can be"), "%s", error->message);
    g_clear_error(&error);
    g_string_append(list, "+10.0.1.1");
    MUST(!amt_alerts_set(rig->amt, list->str, &error));
    g_clear_error(&error);
    MUST(!amt_alerts_set(rig->amt, "", &error));
    ck_assert_uint_eq(amt_subscriber_count(&amt_state_data(rig->amt)->alerts), AMT_SUBSCRIBERS);
    MUST(amt_alerts_remove(rig->amt, "10.0.0.3", NULL));
    MUST(amt_alerts_set(rig->amt, NULL, NULL)); /* as it is */
    ck_assert_uint_eq(amt_subscriber_count(&amt_state_data(rig->amt)->alerts), AMT_SUBSCRIBERS - 1);
    MUST(amt_alerts_set(rig->amt, "none", NULL));
    ck_assert_uint_eq(amt_subscriber_count(&amt_state_data(rig->amt)->alerts), 0);
}
END_TEST

/* ---- what lasts ---- */

START_TEST(subscribers_are_in_the_nvm)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1+[::1]:7:x");
    g_autoptr(Rig) other = rig_new("none");
    g_autoptr(AmtData) data = amt_data_copy(amt_state_data(other->amt));
    g_autoptr(GBytes) bytes = amt_nvm_encode(amt_state_data(rig->amt));
    gsize size;
    const void *start = g_bytes_get_data(bytes, &size);
    g_autoptr(GError) error = NULL;

    MUST(amt_nvm_decode(data, start, size, "x", &error));
    ck_assert(memcmp(&data->alerts, &amt_state_data(rig->amt)->alerts, sizeof(data->alerts)) == 0);

    /* What no AMT can have is refused. */
    for (unsigned int i = 0; i < 5; i++) {
        g_autoptr(AmtData) wrong = amt_data_copy(amt_state_data(rig->amt));
        AmtSubscriber *first = wrong->alerts.subscriber;
        g_autoptr(GBytes) made = NULL;
        g_autoptr(GError) why = NULL;

        switch (i) {
        case 0:
            first[0] = (AmtSubscriber){0}; /* a gap */
            break;
        case 1:
            first[1].port = 0;
            break;
        case 2:
            g_strlcpy(first[1].address, "0:0::1", sizeof(first[1].address));
            break;
        case 3:
            wrong->alerts.interval_s = 0;
            break;
        default:
            wrong->alerts.sends = AMT_ALERT_SENDS_MAX + 1;
            break;
        }
        made = amt_nvm_encode(wrong);
        start = g_bytes_get_data(made, &size);
        MUST_MSG(!amt_nvm_decode(data, start, size, "x", &why), "case %u", i);
        MUST_MSG(strstr(why->message, "alerts"), "%s", why->message);
    }
}
END_TEST

START_TEST(repeats_travel_with_saved_state)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1");
    g_autoptr(Rig) other = rig_new("10.0.0.1");
    g_autoptr(GVariant) state = NULL;
    g_autoptr(GVariant) again = NULL;

    pass(rig, 1000);
    pass(other, 5);
    raise_named(rig, "heartbeat");
    raise_named(rig, "os-hung");
    pass(rig, 22); /* repeated once, and 18 s to go */
    state = g_variant_ref_sink(amt_alerter_save(rig->alerter));
    ck_assert(amt_alerter_load(other->alerter, state));
    again = g_variant_ref_sink(amt_alerter_save(other->alerter));
    ck_assert(g_variant_equal(state, again));
    pass(other, 100);
    ck_assert_str_eq(other->sent->str, "10.0.0.1:162 #2 @23\n");
    raise_named(other, "os-hung"); /* the numbers go on */
    ck_assert(strstr(other->sent->str, "#3 @105") != NULL);
}
END_TEST

/* Of a policy is who hears of what its filters match, logged or not by itself, and of nothing else.
 */
START_TEST(a_policy_has_its_filters_events)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1");
    AmtAlerts alerts = amt_state_data(rig->amt)->alerts;
    AmtFilter filter = {.enabled = true, .alert = true, .policy = 5, .sensor_type = 0x1d};
    unsigned int slot;

    filter.event_type = filter.offset = filter.source = filter.severity = AMT_FILTER_ANY;
    filter.sensor_device = filter.sensor_number = AMT_FILTER_ANY;
    filter.entity = filter.entity_instance = AMT_FILTER_ANY;
    ck_assert(amt_alerts_subscribe(&alerts, "10.0.0.2", NULL, 5, &slot));
    ck_assert(amt_filters_add(&alerts, &filter, &slot));
    amt_state_set_alerts(rig->amt, &alerts);
    raise_named(rig, "reset"); /* only logged, else */
    ck_assert(strstr(rig->sent->str, "10.0.0.2:162 #1") && !strstr(rig->sent->str, "10.0.0.1:"));
    pass(rig, 20);
    ck_assert(!strstr(rig->sent->str, "10.0.0.1:"));
    g_string_truncate(rig->sent, 0);
    raise_named(rig, "os-hung");
    ck_assert(strstr(rig->sent->str, "10.0.0.1:162 #2") && !strstr(rig->sent->str, "10.0.0.2:"));
    alerts = amt_state_data(rig->amt)->alerts;
    alerts.filter[slot].enabled = false;
    amt_state_set_alerts(rig->amt, &alerts);
    g_string_truncate(rig->sent, 0);
    raise_named(rig, "reset");
    ck_assert_str_eq(rig->sent->str, "");
}
END_TEST

static const struct {
    const char *text;
    bool good;
} states[] = {
    {"(uint16 0, int64 0, @a(quxbay) [])", true},
    {"(uint16 9, int64 5, [(uint16 3, uint32 2, int64 5, true, @ay R)])", true},
    {"(uint16 9, int64 -1, @a(quxbay) [])", false},
    {"(uint16 9, int64 9223372036854775807, @a(quxbay) [])", false},
    {"(uint16 9, int64 5, [(uint16 0, uint32 2, int64 5, true, @ay R)])", false},
    {"(uint16 9, int64 5, [(uint16 3, uint32 0, int64 5, true, @ay R)])", false},
    {"(uint16 9, int64 5, [(uint16 3, uint32 10, int64 5, true, @ay R)])", false},
    {"(uint16 9, int64 5, [(uint16 3, uint32 2, int64 -1, true, @ay R)])", false},
    {"(uint16 9, int64 5, [(uint16 3, uint32 2, int64 3600000000001, true, @ay R)])", false},
    {"(uint16 9, int64 5, [(uint16 3, uint32 2, int64 5, true, [byte 1])])", false},
};

START_TEST(saved_states_that_can_and_cannot_be)
{
    static const char record[] = "[byte 1,0,0,0,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]";
    g_autoptr(Rig) rig = rig_new("10.0.0.1");
    g_auto(GStrv) parts = g_strsplit(states[_i].text, "R", 2);
    g_autofree char *text = g_strjoinv(record, parts);
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) state =
        g_variant_parse(G_VARIANT_TYPE(AMT_ALERTS_STATE_TYPE), text, NULL, NULL, &error);

    ck_assert_msg(state != NULL, "%s", error ? error->message : "");
    raise_named(rig, "os-hung");
    ck_assert(amt_alerter_load(rig->alerter, state) == states[_i].good);
    ck_assert_uint_eq(amt_alerter_pending(rig->alerter), states[_i].good && _i ? 1 : 0);
    ck_assert_uint_eq(swme_manual_clock_armed(rig->clock), amt_alerter_pending(rig->alerter));
}
END_TEST

START_TEST(no_more_pending_than_there_can_be)
{
    g_autoptr(Rig) rig = rig_new("10.0.0.1");
    g_autoptr(GVariant) one = NULL;
    GVariant *many[17];

    raise_named(rig, "os-hung");
    {
        g_autoptr(GVariant) saved = g_variant_ref_sink(amt_alerter_save(rig->alerter));
        g_autoptr(GVariant) list = g_variant_get_child_value(saved, 2);

        one = g_variant_get_child_value(list, 0);
    }
    for (unsigned int count = 16; count <= 17; count++) {
        g_autoptr(GVariant) state = NULL;

        for (unsigned int i = 0; i < count; i++) {
            many[i] = one;
        }
        state = g_variant_ref_sink(
            g_variant_new("(qx@a(quxbay))", 1, INT64_C(0), g_variant_new_array(NULL, many, count)));
        ck_assert(amt_alerter_load(rig->alerter, state) == (count == 16));
    }
}
END_TEST

/* ---- words ---- */

START_TEST(records_from_real_firmware_in_words)
{
    static const struct {
        uint8_t record[AMT_RECORD_SIZE];
        const char *text;
    } cases[] = {
        {{0x63, 0xc8, 0x98, 0x65, 0xff, 0x06, 0x6f, 0x05, 0x68, 0x10, 0xff, 0x26, 0x61, 0xaa, 0x0a},
         "log-ins to AMT with a bad password: 10"},
        {{0x22, 0x06, 0x01, 0x65, 0xff, 0x0f, 0x6f, 0x02, 0x68, 0x01, 0xff, 0x22, 0x00, 0x40, 0x07},
         "BIOS progress: PCI resources"},
    };

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        AmtEvent event;
        g_autofree char *text = NULL;

        amt_event_decode(&event, cases[i].record);
        text = amt_event_text(&event);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(each_row_is_found_by_its_own_event)
{
    for (const AmtEventRow *row = amt_event_rows; row->name; row++) {
        g_autofree char *text = amt_event_text(&row->event);

        MUST_MSG(amt_event_row(&row->event) == row, "%s", row->name);
        MUST_MSG(amt_event_row_find(row->name) == row, "%s: two have that name", row->name);
        MUST_MSG(g_str_has_prefix(text, row->text), "%s: %s", row->name, text);
        MUST_MSG(!g_str_equal(amt_event_sensor_name(row->event.sensor_type), "unknown"), "%s",
                 row->name);
        MUST_MSG(!g_str_equal(amt_event_entity_name(row->event.entity), "unknown"), "%s",
                 row->name);
        MUST_MSG(!g_str_equal(amt_event_severity_name(row->event.severity), "unknown"), "%s",
                 row->name);
    }
}
END_TEST

START_TEST(what_the_firmware_raises_is_in_the_catalogue)
{
    for (unsigned int kind = 0; kind < AMT_EVENT_KIND_COUNT; kind++) {
        unsigned int route;
        AmtEvent event = amt_event_make((AmtEventKind)kind, &route);
        const AmtEventRow *row = amt_event_row(&event);

        MUST_MSG(row != NULL, "%s", amt_event_name((AmtEventKind)kind));
        /* Progress is one row for many. */
        MUST_MSG(kind == AMT_EVENT_AWAKE || row->route == route, "%s", row->name);
    }
}
END_TEST

START_TEST(other_words)
{
    static const struct {
        AmtEvent event;
        const char *text;
    } cases[] = {
        {{.sensor_type = 0x0f, .event_type = 0x6f, .data = {0x40, 0x01}},
         "the BIOS found an error: no memory is fitted"},
        {{.sensor_type = 0x0f, .event_type = 0x6f, .data = {0x40, 0x77}},
         "the BIOS found an error: code 40 77"},
        {{.sensor_type = 0x0f, .event_type = 0x6f, .offset = 0x82, .data = {0x40, 0x12}},
         "BIOS done: operating system's wake vector called"},
        {{.sensor_type = 0x12,
          .event_type = 0x0a,
          .data = {0xaa, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x02}},
         "an agent changed its state: 12345678-9abc... is stopped"},
        {{.sensor_type = 0xc0, .event_type = 0x70, .data = {0xaa, 0x30, 0x01}},
         "notification to the user: serial over LAN ended"},
        {{.sensor_type = 0xc0, .event_type = 0x70, .data = {0xaa, 0x90, 0x44}},
         "notification to the user: reason 9, code 68"},
        {{.sensor_type = 0x24, .event_type = 1, .data = {2, 0xff, 0xff, 0xff, 0xfa}},
         "a System Defense filter matched: spoofed packets, interface 2"},
        {{.sensor_type = 0x12, .event_type = 0x6f, .data = {0x40, 2}},
         "AMT's set-up changed: admin control mode"},
        {{.sensor_type = 0x01, .event_type = 0x01, .offset = 0x89},
         "temperature, event type 01, offset 9, no longer"},
        {{.sensor_type = 0x99}, "unknown, event type 00, offset 0"},
    };

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        g_autofree char *text = amt_event_text(&cases[i].event);

        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("alerts");
    TCase *tcase = unit_case(suite, "all");

    tcase_add_test(tcase, golden_vector);
    tcase_add_test(tcase, ber_at_every_length);
    tcase_add_test(tcase, a_community_that_is_too_long_makes_no_trap);
    tcase_add_test(tcase, times_before_1998_are_not_known);
    tcase_add_test(tcase, three_sendings_within_a_minute_and_then_silence);
    tcase_add_test(tcase, the_trap_says_who_and_when);
    tcase_add_test(tcase, what_is_not_sent);
    tcase_add_test(tcase, repeats_end_with_their_reason);
    tcase_add_test(tcase, nothing_is_sent_late_when_the_link_was_down);
    tcase_add_test(tcase, a_network_that_fails_is_counted_and_told);
    tcase_add_test(tcase, firmware_from_18_on_sends_none);
    tcase_add_test(tcase, the_pace_is_a_setting);
    tcase_add_test(tcase, a_flood_is_bounded);
    tcase_add_test(tcase, sequence_numbers_go_round_and_leave_zero_out);
    tcase_add_loop_test(tcase, subscribers_as_they_are_written, 0, (int)UNIT_COUNT(subscribers));
    tcase_add_test(tcase, so_many_and_no_more);
    tcase_add_test(tcase, subscribers_are_in_the_nvm);
    tcase_add_test(tcase, repeats_travel_with_saved_state);
    tcase_add_loop_test(tcase, saved_states_that_can_and_cannot_be, 0, (int)UNIT_COUNT(states));
    tcase_add_test(tcase, no_more_pending_than_there_can_be);
    tcase_add_test(tcase, a_policy_has_its_filters_events);
    tcase_add_test(tcase, records_from_real_firmware_in_words);
    tcase_add_test(tcase, each_row_is_found_by_its_own_event);
    tcase_add_test(tcase, what_the_firmware_raises_is_in_the_catalogue);
    tcase_add_test(tcase, other_words);
    return unit_run(suite);
}
