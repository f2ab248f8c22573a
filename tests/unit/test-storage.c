/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Third-party data storage: who may register, how much he gets, who may read what. */
#include <string.h>

#include "firmware-sim/amt/amt-nvm.h"
#include "firmware-sim/amt/amt-storage.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define SERVICE  "AMT_ThirdPartyDataStorageService"
#define ADMIN    "AMT_ThirdPartyDataStorageAdministrationService"
#define PLATFORM "spt" /* AMT 11 is the last that has it */
#define UUID     "000102030405060708090A0B0C0D0E0F"

/* With an enterprise whose applications may register. */
static Desk *storage_desk(void)
{
    Desk *desk = desk_new(PLATFORM, true);

    MUST_EQ(desk_call(desk, ADMIN, "AddStorageEaclEntry", NULL,
                      "<r:EnterpriseName>Shop</r:EnterpriseName>"),
            0);
    return desk;
}

static uint32_t number(Desk *desk, const char *name)
{
    g_autofree char *text = desk_value(desk, name);

    MUST_MSG(text != NULL, "no %s in %s", name, desk->body);
    return (uint32_t)g_ascii_strtoull(text, NULL, 10);
}

static int registers(Desk *desk, const char *vendor, const char *name, char **session)
{
    g_autofree char *in = g_strdup_printf(
        "<r:CallerUUID>" UUID "</r:CallerUUID><r:VendorName>%s</r:VendorName>"
        "<r:ApplicationName>%s</r:ApplicationName><r:EnterpriseName>Shop</r:EnterpriseName>",
        vendor, name);
    int status = desk_call(desk, SERVICE, "RegisterApplication", NULL, in);

    *session = status == 0 ? desk_value(desk, "SessionHandle") : NULL;
    return status;
}

/* A method with a session; more: XML. */
static int call(Desk *desk, const char *method, const char *session, const char *more, ...)
    G_GNUC_PRINTF(4, 5);
static int call(Desk *desk, const char *method, const char *session, const char *more, ...)
{
    g_autofree char *rest = NULL;
    g_autofree char *in = NULL;
    va_list args;

    va_start(args, more);
    rest = g_strdup_vprintf(more, args);
    va_end(args);
    in = g_strdup_printf("<r:SessionHandle>%s</r:SessionHandle>%s", session, rest);
    return desk_call(desk, SERVICE, method, NULL, in);
}

#define BLOCK "<r:BlockHandle>%u</r:BlockHandle>"

static int allocate(Desk *desk, const char *session, unsigned int size, bool hidden,
                    uint32_t *handle)
{
    int status = call(desk, "AllocateBlock", session,
                      "<r:BytesRequested>%u</r:BytesRequested><r:BlockHidden>%s</r:BlockHidden>"
                      "<r:BlockName>Notes</r:BlockName>",
                      size, hidden ? "true" : "false");

    *handle = status == 0 ? number(desk, "BlockHandle") : 0;
    return status;
}

static int writes(Desk *desk, const char *session, uint32_t block, unsigned int offset,
                  const char *text)
{
    g_autofree char *data = g_base64_encode((const guchar *)text, strlen(text));

    return call(desk, "WriteBlock", session,
                BLOCK "<r:ByteOffset>%u</r:ByteOffset><r:Data>%s</r:Data>", block, offset, data);
}

static int reads(Desk *desk, const char *session, uint32_t block, unsigned int offset,
                 unsigned int count)
{
    return call(desk, "ReadBlock", session,
                BLOCK "<r:ByteOffset>%u</r:ByteOffset><r:ByteCount>%u</r:ByteCount>", block, offset,
                count);
}

START_TEST(only_the_releases_that_had_it)
{
    g_autoptr(Desk) old = desk_new("82q965", true);
    g_autoptr(Desk) now = desk_new(PLATFORM, true);
    g_autoptr(Desk) later = desk_new(NULL, true);

    desk_get(old, SERVICE, NULL);
    desk_expect_fault(old, "b:DestinationUnreachable");
    desk_get(now, SERVICE, NULL);
    desk_expect(now, "Name", "Intel(r) AMT Third Party Data Storage Service");
    desk_get(later, ADMIN, NULL);
    desk_expect_fault(later, "b:DestinationUnreachable");
}
END_TEST

START_TEST(an_agent_writes_and_a_console_reads)
{
    g_autoptr(Desk) desk = storage_desk();
    g_autofree char *agent = NULL;
    g_autofree char *console = NULL;
    uint32_t reader, block, group;

    MUST_EQ(registers(desk, "Acme", "Agent", &agent), 0);
    MUST_EQ(allocate(desk, agent, 4096, false, &block), 0);
    MUST_EQ(writes(desk, agent, block, 4090, "secret"), 0);
    desk_expect(desk, "BytesWritten", "6");
    desk->caller.peer.door = SWME_DOOR_HOST; /* as a console comes */
    MUST_EQ(registers(desk, "Acme", "Console", &console), 0);
    MUST_EQ(call(desk, "GetCurrentApplicationHandle", console, "%s", ""), 0);
    reader = number(desk, "ApplicationHandle");
    /* It sees the block, and may do nothing with it before it is let. */
    MUST_EQ(call(desk, "GetBlockAttributes", console, BLOCK, block), 0);
    desk_expect(desk, "BlockSize", "4096");
    desk_expect(desk, "BlockName", "Notes");
    MUST_EQ(reads(desk, console, block, 4090, 6), 16);
    MUST_EQ(call(desk, "AddPermissionsGroup", console,
                 BLOCK "<r:GroupPermissions>1</r:GroupPermissions>", block),
            17);
    MUST_EQ(call(desk, "AddPermissionsGroup", agent,
                 BLOCK "<r:GroupPermissions>1</r:GroupPermissions><r:GroupName>all</r:GroupName>",
                 block),
            0);
    group = number(desk, "GroupHandle");
    MUST_EQ(call(desk, "AddPermissionsGroupMembers", agent,
                 BLOCK "<r:GroupHandle>%u</r:GroupHandle><r:MemberHandles>%u</r:MemberHandles>",
                 block, group, reader),
            0);
    desk->power = SWME_HOST_S5; /* the guest is off */
    MUST_EQ(reads(desk, console, block, 4090, 6), 0);
    desk_expect(desk, "Data", "c2VjcmV0");
    MUST_EQ(writes(desk, console, block, 0, "x"), 16);
    MUST_EQ(call(desk, "SetPermissionsGroupPermissions", agent,
                 BLOCK "<r:GroupHandle>%u</r:GroupHandle><r:Permissions>2</r:Permissions>", block,
                 group),
            0);
    MUST_EQ(writes(desk, console, block, 0, "x"), 0);
    /* Hidden, it is still its readers'. */
    MUST_EQ(
        call(desk, "SetBlockVisibility", agent, BLOCK "<r:BlockHidden>true</r:BlockHidden>", block),
        0);
    MUST_EQ(call(desk, "GetBlockAttributes", console, BLOCK, block), 13);
    MUST_EQ(reads(desk, console, block, 0, 1), 0);
    MUST_EQ(call(desk, "RemovePermissionsGroup", agent, BLOCK "<r:GroupHandle>%u</r:GroupHandle>",
                 block, group),
            0);
    MUST_EQ(reads(desk, console, block, 0, 1), 13);
    MUST_EQ(call(desk, "GetPermissionsGroups", agent, BLOCK, block), 0);
    MUST(!strstr(desk->body, "GroupHandles"));
}
END_TEST

START_TEST(who_may_register)
{
    g_autoptr(Desk) desk = storage_desk();
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;
    g_autofree char *none = NULL;

    MUST_EQ(registers(desk, "Acme", "Agent", &first), 0);
    MUST_EQ(strlen(first), 8);
    MUST_EQ(desk_call(desk, SERVICE, "RegisterApplication", NULL,
                      "<r:CallerUUID>" UUID "</r:CallerUUID><r:VendorName>Acme</r:VendorName>"
                      "<r:ApplicationName>Agent</r:ApplicationName>"
                      "<r:EnterpriseName>Nobody</r:EnterpriseName>"),
            9);
    MUST_EQ(desk_call(desk, SERVICE, "RegisterApplication", NULL,
                      "<r:CallerUUID>0011</r:CallerUUID><r:VendorName>Acme</r:VendorName>"
                      "<r:ApplicationName>Agent</r:ApplicationName>"
                      "<r:EnterpriseName>Shop</r:EnterpriseName>"),
            36);
    MUST_EQ(registers(desk, "", "Agent", &none), 12);
    /* By another way than the first time: refused. Again by the same: another session. */
    desk->caller.peer.door = SWME_DOOR_HOST;
    MUST_EQ(registers(desk, "Acme", "Agent", &none), 9);
    desk->caller.peer.door = SWME_DOOR_LOCAL;
    MUST_EQ(registers(desk, "Acme", "Agent", &second), 0);
    MUST_EQ(call(desk, "GetBytesAvailable", first, "%s", ""), 8);
    MUST_EQ(call(desk, "GetBytesAvailable", second, "%s", ""), 0);
    /* Who is quiet too long is out; what he has stays. */
    swme_manual_clock_advance(desk->clock, (AMT_STORAGE_SESSION_S - 1) * SWME_NS_PER_S);
    MUST_EQ(call(desk, "GetBytesAvailable", second, "%s", ""), 0);
    swme_manual_clock_advance(desk->clock, AMT_STORAGE_SESSION_S * SWME_NS_PER_S);
    MUST_EQ(call(desk, "GetBytesAvailable", second, "%s", ""), 8);
    MUST_EQ(desk_call(desk, ADMIN, "AdminGetRegisteredApplications", NULL, ""), 0);
    MUST_EQ(number(desk, "ApplicationHandles"), 2);
    MUST_EQ(desk_call(desk, ADMIN, "AdminGetApplicationAttributes", NULL, "<r:Handle>2</r:Handle>"),
            0);
    desk_expect(desk, "ActiveSession", "false");
    desk_expect(desk, "EnterpriseName", "Shop");
    desk_expect(desk, "UUID", "AAECAwQFBgcICQoLDA0ODw==");
    MUST_EQ(desk_call(desk, ADMIN, "RemoveStorageEaclEntry", NULL, "<r:Handle>1</r:Handle>"), 2056);
    MUST_EQ(desk_call(desk, ADMIN, "AdminRemoveApplication", NULL, "<r:Handle>2</r:Handle>"), 0);
    MUST_EQ(desk_call(desk, ADMIN, "RemoveStorageEaclEntry", NULL, "<r:Handle>1</r:Handle>"), 0);
}
END_TEST

static int add_partner(Desk *desk, const char *name, unsigned int size)
{
    g_autofree char *in = g_strdup_printf(
        "<r:AttrType>1</r:AttrType><r:ApplicationName>%s</r:ApplicationName><r:VendorName>Acme"
        "</r:VendorName><r:IsPartner>true</r:IsPartner><r:TotalAllocationSize>%u"
        "</r:TotalAllocationSize>",
        name, size);

    return desk_call(desk, ADMIN, "AddStorageFpaclEntry", NULL, in);
}

START_TEST(how_much_there_is)
{
    g_autoptr(Desk) desk = storage_desk();
    g_autofree char *other = NULL;
    g_autofree char *partner = NULL;
    uint32_t block, handle;

    MUST_EQ(add_partner(desk, "Agent", 4095), 36);
    MUST_EQ(add_partner(desk, "Agent", 147456 + 4096), 11);
    MUST_EQ(add_partner(desk, "Agent", 8192), 0);
    handle = number(desk, "Handle");
    MUST_EQ(add_partner(desk, "Agent", 8192), 2058);
    MUST_EQ(registers(desk, "Acme", "Agent", &partner), 0);
    MUST_EQ(registers(desk, "Acme", "Other", &other), 0);
    MUST_EQ(call(desk, "GetBytesAvailable", partner, "%s", ""), 0);
    desk_expect(desk, "BytesAvailable", "57344"); /* its own, and all that is the others' */
    MUST_EQ(allocate(desk, other, 100, false, &block), 15);
    MUST_EQ(allocate(desk, other, 49152 + 4096, false, &block), 11);
    MUST_EQ(allocate(desk, other, 49152, false, &block), 0);
    MUST_EQ(allocate(desk, other, 4096, false, &handle), 11);
    MUST_EQ(allocate(desk, partner, 12288, false, &handle), 11);
    MUST_EQ(allocate(desk, partner, 8192, false, &handle), 0);
    MUST_EQ(desk_call(desk, ADMIN, "GetGlobalStorageAttributes", NULL, ""), 0);
    desk_expect(desk, "TotalStorage", "196608");
    desk_expect(desk, "TotalAllocatedStorage", "57344");
    desk_expect(desk, "TotalPartnerAllocatedStorage", "8192");
    desk_expect(desk, "MaxNonPartnerStorage", "49152");
    /* What is in use is nobody's to take away. */
    MUST_EQ(desk_call(desk, ADMIN, "EnumerateStorageAllocEntries", NULL, ""), 0);
    handle = number(desk, "Handles");
    {
        g_autofree char *in = g_strdup_printf(
            "<r:Handle>%u</r:Handle><r:NewAllocationSize>4096</r:NewAllocationSize>", handle);
        g_autofree char *out = g_strdup_printf("<r:Handle>%u</r:Handle>", handle);

        MUST_EQ(desk_call(desk, ADMIN, "UpdateStorageFpaclEntry", NULL, in), 11);
        MUST_EQ(desk_call(desk, ADMIN, "RemoveStorageFpaclEntry", NULL, out), 2056);
        MUST_EQ(desk_call(desk, ADMIN, "GetStorageAllocEntry", NULL, out), 0);
        desk_expect(desk, "IsPartner", "true");
    }
    MUST_EQ(desk_call(desk, ADMIN, "SetGlobalStorageAttributes", NULL,
                      "<r:MaxPartnerStorage>196608</r:MaxPartnerStorage>"),
            11);
    MUST_EQ(call(desk, "DeallocateBlock", other, BLOCK, block), 0);
    MUST_EQ(desk_call(desk, ADMIN, "SetGlobalStorageAttributes", NULL,
                      "<r:MaxPartnerStorage>196608</r:MaxPartnerStorage>"),
            0);
    MUST_EQ(allocate(desk, other, 4096, false, &block), 11);
    MUST_EQ(call(desk, "RemoveApplication", partner, "%s", ""), 0);
    MUST_EQ(amt_storage_used(&amt_state_data(desk->amt)->storage), 0);
}
END_TEST

START_TEST(reads_and_writes_have_bounds)
{
    g_autoptr(Desk) desk = storage_desk();
    g_autofree char *session = NULL;
    g_autofree char *long_text = g_strnfill(4097, 'x');
    uint32_t block;

    MUST_EQ(registers(desk, "Acme", "Agent", &session), 0);
    MUST_EQ(allocate(desk, session, 8192, true, &block), 0);
    MUST_EQ(reads(desk, session, block, 8192, 1), 14);
    MUST_EQ(reads(desk, session, block, 4294967295u, 1), 14);
    MUST_EQ(reads(desk, session, block, 8191, 2), 15);
    MUST_EQ(reads(desk, session, block, 0, 4097), 15);
    MUST_EQ(reads(desk, session, block, 0, 0), 15);
    MUST_EQ(writes(desk, session, block, 0, long_text), 15);
    desk_expect(desk, "BytesWritten", "0");
    MUST_EQ(writes(desk, session, block, 8190, "xxx"), 15);
    MUST_EQ(writes(desk, session, block + 1, 0, "x"), 13);
    MUST_EQ(writes(desk, session, 0, 0, "x"), 13);
    MUST_EQ(reads(desk, session, block, 8191, 1), 0);
    desk_expect(desk, "Data", "AA==");
    MUST_EQ(reads(desk, "00000000", block, 0, 1), 8);
    MUST_EQ(reads(desk, "zz", block, 0, 1), 8);
}
END_TEST

START_TEST(a_lock_holds_for_a_while)
{
    g_autoptr(Desk) desk = storage_desk();
    g_autofree char *owner = NULL;
    g_autofree char *other = NULL;
    uint32_t block, group;

    MUST_EQ(registers(desk, "Acme", "Agent", &owner), 0);
    MUST_EQ(registers(desk, "Else", "Other", &other), 0);
    MUST_EQ(allocate(desk, owner, 4096, false, &block), 0);
    MUST_EQ(call(desk, "AddPermissionsGroup", owner,
                 BLOCK "<r:GroupPermissions>2</r:GroupPermissions>", block),
            0);
    group = number(desk, "GroupHandle");
    MUST_EQ(call(desk, "AddPermissionsGroupMembers", owner,
                 BLOCK "<r:GroupHandle>%u</r:GroupHandle><r:MemberHandles>3</r:MemberHandles>"
                       "<r:MemberHandles>999</r:MemberHandles>",
                 block, group),
            10); /* all of them or none */
    MUST_EQ(reads(desk, other, block, 0, 1), 16);
    MUST_EQ(call(desk, "AddPermissionsGroupMembers", owner,
                 BLOCK "<r:GroupHandle>%u</r:GroupHandle><r:MemberHandles>3</r:MemberHandles>",
                 block, group),
            0);
    MUST_EQ(call(desk, "UnlockBlock", other, BLOCK, block), 19);
    MUST_EQ(call(desk, "LockBlock", other, BLOCK, block), 0);
    MUST_EQ(writes(desk, owner, block, 0, "x"), 18);
    MUST_EQ(call(desk, "UnlockBlock", owner, BLOCK, block), 18);
    swme_manual_clock_advance(desk->clock, (AMT_STORAGE_LOCK_S - 1) * SWME_NS_PER_S);
    MUST_EQ(reads(desk, other, block, 0, 1), 0); /* using it lets the lock begin anew */
    swme_manual_clock_advance(desk->clock, (AMT_STORAGE_LOCK_S - 1) * SWME_NS_PER_S);
    MUST_EQ(reads(desk, owner, block, 0, 1), 18);
    swme_manual_clock_advance(desk->clock, 2 * SWME_NS_PER_S);
    MUST_EQ(reads(desk, owner, block, 0, 1), 0);
    MUST_EQ(call(desk, "LockBlock", other, BLOCK, block), 0);
    MUST_EQ(call(desk, "UnregisterApplication", other, "%s", ""), 0);
    MUST_EQ(writes(desk, owner, block, 0, "x"), 0);
    MUST_EQ(call(desk, "LockBlock", owner, BLOCK, block), 0);
    MUST_EQ(call(desk, "DeallocateBlock", owner, BLOCK, block), 0);
}
END_TEST

START_TEST(realms)
{
    g_autoptr(Desk) desk = storage_desk();
    g_autofree char *session = NULL;

    desk->caller = (WsmanCaller){.user = "joe", .realms = 1 << 6};
    MUST_EQ(registers(desk, "Acme", "Agent", &session), 0);
    MUST_EQ(desk_call(desk, ADMIN, "GetGlobalStorageAttributes", NULL, ""), -1);
    desk_expect_fault(desk, "e:AccessDenied");
    desk->caller.realms = 1 << 8;
    MUST_EQ(desk_call(desk, ADMIN, "GetGlobalStorageAttributes", NULL, ""), 0);
    MUST_EQ(call(desk, "GetBytesAvailable", session, "%s", ""), -1);
    desk_expect_fault(desk, "e:AccessDenied");
}
END_TEST

/* The NVM keeps what is stored, and unprovisioning too: it is the applications', not the owner's.
 * A session is nobody's any more after a power cycle of the firmware. */
START_TEST(what_is_stored_lasts)
{
    g_autoptr(Desk) desk = storage_desk();
    g_autoptr(GBytes) file = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *session = NULL;
    AmtData *data = g_new0(AmtData, 1);
    gsize size;
    const void *bytes;
    uint32_t block;

    MUST_EQ(registers(desk, "Acme", "Agent", &session), 0);
    MUST_EQ(allocate(desk, session, 4096, false, &block), 0);
    MUST_EQ(writes(desk, session, block, 1, "kept"), 0);
    file = amt_nvm_encode(amt_state_data(desk->amt));
    bytes = g_bytes_get_data(file, &size);
    amt_data_init(data, amt_state_uuid(desk->amt));
    MUST_MSG(amt_nvm_decode(data, bytes, size, "file", &error), "%s", error->message);
    MUST(memcmp((const char *)g_bytes_get_data(data->storage.block[0].data, NULL) + 1, "kept", 4) ==
         0);
    MUST_EQ(data->live.storage_session[0].handle, 0);
    amt_data_free(data);
    amt_state_boot(desk->amt); /* a start of the host ends no session */
    MUST_EQ(reads(desk, session, block, 1, 4), 0);
    desk_expect(desk, "Data", "a2VwdA==");
    amt_unprovision(desk->amt, false);
    MUST_EQ(reads(desk, session, block, 1, 4), 8);
    MUST_EQ(amt_storage_used(&amt_state_data(desk->amt)->storage), 4096);
}
END_TEST

START_TEST(what_no_storage_can_be)
{
    g_autoptr(Desk) desk = storage_desk();
    g_autofree char *session = NULL;
    AmtStorage good;
    AmtStorage bad;
    uint32_t block;

    MUST_EQ(registers(desk, "Acme", "Agent", &session), 0);
    MUST_EQ(allocate(desk, session, 4096, false, &block), 0);
    MUST_EQ(call(desk, "AddPermissionsGroup", session,
                 BLOCK "<r:GroupPermissions>1</r:GroupPermissions>", block),
            0);
    good = amt_state_data(desk->amt)->storage;
    MUST(amt_storage_sane(&good));
    bad = good;
    bad.block[0].owner = 77;
    MUST(!amt_storage_sane(&bad));
    bad = good;
    bad.block[0].handle = bad.application[0].handle;
    MUST(!amt_storage_sane(&bad));
    bad = good;
    bad.block[1] = bad.block[0];
    MUST(!amt_storage_sane(&bad));
    bad = good;
    bad.block[0].handle = 0;
    MUST(!amt_storage_sane(&bad));
    bad = good;
    bad.group[0].block = 77;
    MUST(!amt_storage_sane(&bad));
    bad = good;
    bad.partner[0] = (AmtStoragePartner){.handle = 9, .size = AMT_STORAGE_TOTAL};
    MUST(!amt_storage_sane(&bad));
    bad = good;
    bad.application[1] = (AmtStorageApplication){.handle = 9};
    MUST(!amt_storage_sane(&bad));
}
END_TEST

START_TEST(audited)
{
    g_autoptr(Desk) desk = storage_desk();
    unsigned int before = amt_state_data(desk->amt)->audit.count;
    g_autofree char *session = NULL;
    uint32_t block;

    MUST_EQ(before, 1); /* the enterprise */
    MUST_EQ(registers(desk, "Acme", "Agent", &session), 0);
    MUST_EQ(allocate(desk, session, 4096, false, &block), 0);
    MUST_EQ(writes(desk, session, block, 0, "x"), 0);
    MUST_EQ(writes(desk, session, block, 4096, "x"), 14);
    MUST_EQ(amt_state_data(desk->amt)->audit.count, before + 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("storage");
    TCase *tcase = unit_case(suite, "storage");

    tcase_add_test(tcase, only_the_releases_that_had_it);
    tcase_add_test(tcase, an_agent_writes_and_a_console_reads);
    tcase_add_test(tcase, who_may_register);
    tcase_add_test(tcase, how_much_there_is);
    tcase_add_test(tcase, reads_and_writes_have_bounds);
    tcase_add_test(tcase, a_lock_holds_for_a_while);
    tcase_add_test(tcase, realms);
    tcase_add_test(tcase, what_is_stored_lasts);
    tcase_add_test(tcase, what_no_storage_can_be);
    tcase_add_test(tcase, audited);
    return unit_run(suite);
}
