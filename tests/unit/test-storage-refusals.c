/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Third-party data storage: what each method shows, and each thing that it refuses. The numbers
 * are AMT SDK's PT_STATUS; which of them when: intel/lms class headers. */
#include <string.h>

#include "firmware-sim/amt/amt-storage.h"
#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define S        "AMT_ThirdPartyDataStorageService"
#define A        "AMT_ThirdPartyDataStorageAdministrationService"
#define PLATFORM "spt" /* AMT 11 is the last that has it */
#define ID       "000102030405060708090A0B0C0D0E0F"
#define LONG_16  "seventeen letters"
#define LONG_32  "thirty-three letters are too many"
#define LONG_64  LONG_32 LONG_32

#define IS(name, value) "<r:" name ">" value "</r:" name ">"
#define PROGRAM(vendor, name, enterprise) \
    IS("CallerUUID", ID)                  \
    IS("VendorName", vendor) IS("ApplicationName", name) IS("EnterpriseName", enterprise)
#define PARTNER(type, vendor, name, is, size)                                \
    IS("AttrType", type)                                                     \
    IS("VendorName", vendor) IS("ApplicationName", name) IS("IsPartner", is) \
        IS("TotalAllocationSize", size)
#define BY(session)   IS("SessionHandle", session)
#define BLOCK(handle) IS("BlockHandle", handle)
#define GROUP(handle) IS("GroupHandle", handle)
#define ROOM(bytes)   IS("BytesRequested", bytes) IS("BlockHidden", "false")

#define RUN(desk, steps, words) desk_steps(desk, steps, G_N_ELEMENTS(steps), words)

typedef struct Shop {
    Desk *desk;
    char *session[3]; /* $0: Acme's Agent, handle 2; $1: Acme's Other, 3; $2: Else's Reader, 4 */
    const char *words[3];
} Shop;

static char *enter(Desk *desk, const char *vendor, const char *name)
{
    g_autofree char *in =
        g_strdup_printf(IS("CallerUUID", ID) IS("VendorName", "%s") IS("ApplicationName", "%s")
                            IS("EnterpriseName", "Shop"),
                        vendor, name);

    MUST_EQ(desk_call(desk, S, "RegisterApplication", NULL, in), 0);
    return desk_value(desk, "SessionHandle");
}

static Shop *shop_new(void)
{
    Shop *shop = g_new0(Shop, 1);

    shop->desk = desk_new(PLATFORM, true);
    MUST_EQ(desk_call(shop->desk, A, "AddStorageEaclEntry", NULL, IS("EnterpriseName", "Shop")), 0);
    shop->session[0] = enter(shop->desk, "Acme", "Agent");
    shop->session[1] = enter(shop->desk, "Acme", "Other");
    shop->session[2] = enter(shop->desk, "Else", "Reader");
    for (unsigned int i = 0; i < 3; i++) {
        shop->words[i] = shop->session[i];
    }
    return shop;
}

static void shop_free(Shop *shop)
{
    for (unsigned int i = 0; i < 3; i++) {
        g_free(shop->session[i]);
    }
    desk_free(shop->desk);
    g_free(shop);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Shop, shop_free)

START_TEST(enterprises)
{
    static const DeskStep steps[] = {
        {A, "AddStorageEaclEntry", NULL, IS("EnterpriseName", "Shop"), 2058, NULL},
        {A, "AddStorageEaclEntry", NULL, IS("EnterpriseName", ""), 12, NULL},
        {A, "AddStorageEaclEntry", NULL, IS("EnterpriseName", LONG_64), 12, NULL},
        {A, "AddStorageEaclEntry", NULL, IS("EnterpriseName", "Caf&#233;"), 12, NULL},
        {A, "AddStorageEaclEntry", NULL, IS("EnterpriseName", "Two"), 0, ":Handle>5<"},
        {A, "AddStorageEaclEntry", NULL, IS("EnterpriseName", "Three"), 0, ":Handle>6<"},
        {A, "AddStorageEaclEntry", NULL, IS("EnterpriseName", "Four"), 0, ":Handle>7<"},
        {A, "AddStorageEaclEntry", NULL, IS("EnterpriseName", "Five"), 23, NULL},
        {A, "EnumerateStorageEaclEntries", NULL, "", 0, ":Handles>7<"},
        {A, "GetStorageEaclEntry", NULL, IS("Handle", "5"), 0, ">Two<"},
        {A, "GetStorageEaclEntry", NULL, IS("Handle", "0"), 2053, NULL},
        {A, "GetStorageEaclEntry", NULL, IS("Handle", "2"), 2053, NULL}, /* an application */
        {A, "RemoveStorageEaclEntry", NULL, IS("Handle", "0"), 2053, NULL},
        {A, "RemoveStorageEaclEntry", NULL, IS("Handle", "99"), 2053, NULL},
        {A, "RemoveStorageEaclEntry", NULL, IS("Handle", "1"), 2056, NULL},
        {A, "RemoveStorageEaclEntry", NULL, IS("Handle", "6"), 0, NULL},
        {A, "EnumerateStorageEaclEntries", NULL, "", 0, "!:Handles>6<"},
    };
    g_autoptr(Shop) shop = shop_new();

    RUN(shop->desk, steps, NULL);
}
END_TEST

START_TEST(partners)
{
    static const DeskStep steps[] = {
        {A, "AddStorageFpaclEntry", NULL, PARTNER("2", "V", "N", "true", "4096"), 36, NULL},
        {A, "AddStorageFpaclEntry", NULL, PARTNER("1", "V", "N", "false", "4096"), 36, NULL},
        {A, "AddStorageFpaclEntry", NULL, PARTNER("1", "", "N", "true", "4096"), 12, NULL},
        {A, "AddStorageFpaclEntry", NULL, PARTNER("1", "V", LONG_64, "true", "4096"), 12, NULL},
        {A, "AddStorageFpaclEntry", NULL, PARTNER("1", "V", "N", "true", "8192"), 0, ":Handle>5<"},
        {A, "AddStorageFpaclEntry", NULL, PARTNER("1", "V", "M", "true", "4096"), 0, ":Handle>6<"},
        {A, "GetStorageAllocEntry", NULL, IS("Handle", "5"), 0, ":TotalAllocationSize>8192<"},
        {A, "GetStorageAllocEntry", NULL, IS("Handle", "2"), 0, ":TotalAllocationSize>49152<"},
        {A, "GetStorageAllocEntry", NULL, IS("Handle", "2"), 0, ":IsPartner>false<"},
        {A, "GetStorageAllocEntry", NULL, IS("Handle", "0"), 2053, NULL},
        {A, "GetStorageAllocEntry", NULL, IS("Handle", "1"), 2053, NULL},
        {A, "UpdateStorageFpaclEntry", NULL, IS("Handle", "0") IS("NewAllocationSize", "4096"),
         2053, NULL},
        {A, "UpdateStorageFpaclEntry", NULL, IS("Handle", "2") IS("NewAllocationSize", "4096"),
         2053, NULL},
        {A, "UpdateStorageFpaclEntry", NULL, IS("Handle", "5") IS("NewAllocationSize", "4097"), 36,
         NULL},
        {A, "UpdateStorageFpaclEntry", NULL, IS("Handle", "5") IS("NewAllocationSize", "147456"),
         11, NULL}, /* 4096 are the other's */
        {A, "UpdateStorageFpaclEntry", NULL, IS("Handle", "5") IS("NewAllocationSize", "143360"), 0,
         NULL},
        {A, "GetStorageAllocEntry", NULL, IS("Handle", "5"), 0, ":TotalAllocationSize>143360<"},
        {A, "SetGlobalStorageAttributes", NULL, IS("MaxPartnerStorage", "4097"), 36, NULL},
        {A, "SetGlobalStorageAttributes", NULL, IS("MaxNonPartnerTotalAllocationSize", "1"), 36,
         NULL},
        {A, "SetGlobalStorageAttributes", NULL, IS("MaxPartnerStorage", "200704"), 36, NULL},
        {A, "SetGlobalStorageAttributes", NULL, IS("MaxNonPartnerTotalAllocationSize", "200704"),
         36, NULL},
        {A, "SetGlobalStorageAttributes", NULL, IS("MaxPartnerStorage", "8192"), 11, NULL},
        {A, "SetGlobalStorageAttributes", NULL, IS("MaxNonPartnerTotalAllocationSize", "8192"), 0,
         NULL},
        {A, "GetStorageAllocEntry", NULL, IS("Handle", "3"), 0, ":TotalAllocationSize>8192<"},
        {A, "RemoveStorageFpaclEntry", NULL, IS("Handle", "0"), 2053, NULL},
        {A, "RemoveStorageFpaclEntry", NULL, IS("Handle", "1"), 2053, NULL},
        {A, "RemoveStorageFpaclEntry", NULL, IS("Handle", "5"), 0, NULL},
        {A, "GetStorageAllocEntry", NULL, IS("Handle", "5"), 2053, NULL},
    };
    g_autoptr(Shop) shop = shop_new();
    const DeskStep full = {
        A, "AddStorageFpaclEntry", NULL, PARTNER("1", "V", "one more", "true", "0"), 23, NULL};

    RUN(shop->desk, steps, NULL);
    for (unsigned int i = 0; i < AMT_STORAGE_PARTNERS - 1; i++) { /* M is there */
        g_autofree char *in = g_strdup_printf(PARTNER("1", "V", "partner %u", "true", "0"), i);

        MUST_EQ(desk_call(shop->desk, A, "AddStorageFpaclEntry", NULL, in), 0);
    }
    desk_steps(shop->desk, &full, 1, NULL);
}
END_TEST

START_TEST(applications)
{
    static const DeskStep steps[] = {
        {S, "GetMTU", NULL, "", 0, ":Mtu>4096<"},
        {S, "GetTimeoutValues", NULL, "", 0, ":LockTimeout>60<"},
        {S, "GetWriteEraseLimit", NULL, "", 0, ":WriteEraseLimit>100000<"},
        {S, "RegisterApplication", NULL, PROGRAM("Acme", "", "Shop"), 12, NULL},
        {S, "RegisterApplication", NULL, PROGRAM("Acme", LONG_64, "Shop"), 12, NULL},
        {S, "RegisterApplication", NULL, PROGRAM("Acme", "Agent", LONG_64), 12, NULL},
        {S, "GetCurrentApplicationHandle", NULL, BY("$2"), 0, ":ApplicationHandle>4<"},
        {S, "GetRegisteredApplications", NULL, BY("$0"), 0, ":AppHandles>3<"},
        {S, "GetRegisteredApplications", NULL, BY("$0"), 0, "!:AppHandles>4<"}, /* another's */
        {S, "GetApplicationAttributes", NULL, BY("$0") IS("ApplicationBeingRequested", "3"), 0,
         ":ApplicationName>Other<"},
        {S, "GetApplicationAttributes", NULL, BY("$0") IS("ApplicationBeingRequested", "4"), 10,
         NULL},
        {S, "GetApplicationAttributes", NULL, BY("$0") IS("ApplicationBeingRequested", "9"), 10,
         NULL},
        {A, "AdminGetApplicationAttributes", NULL, IS("Handle", "9"), 10, NULL},
        {A, "AdminRemoveApplication", NULL, IS("Handle", "9"), 10, NULL},
        {S, "UnregisterApplication", NULL, BY("$1"), 0, NULL},
        {A, "AdminGetApplicationAttributes", NULL, IS("Handle", "3"), 0, ":ActiveSession>false<"},
        {S, "GetBytesAvailable", NULL, BY("$1"), 8, NULL},
        /* The same program on another machine is another application, and has no other entry. */
        {S, "RegisterApplication", NULL,
         IS("CallerUUID", "FF0102030405060708090A0B0C0D0E0F") IS("VendorName", "Acme")
             IS("ApplicationName", "Agent") IS("EnterpriseName", "Shop"),
         0, NULL},
        {A, "AdminGetRegisteredApplications", NULL, "", 0, ":ApplicationHandles>5<"},
        {A, "EnumerateStorageAllocEntries", NULL, "", 0, "!:Handles>5<"},
        {A, "EnumerateStorageAllocEntries", NULL, "", 0, ":Handles>4<"},
    };
    static const DeskStep full = {
        S, "RegisterApplication", NULL, PROGRAM("Acme", "more", "Shop"), 23, NULL};
    g_autoptr(Shop) shop = shop_new();

    RUN(shop->desk, steps, shop->words);
    for (unsigned int i = 4; i < AMT_STORAGE_APPLICATIONS; i++) {
        g_autofree char *name = g_strdup_printf("program %u", i);
        g_autofree char *session = enter(shop->desk, "Many", name);

        MUST(session != NULL);
    }
    desk_steps(shop->desk, &full, 1, NULL);
}
END_TEST

/* Each method that wants a session tells who has none so, whatever else he says. */
START_TEST(without_a_session)
{
    static const char *const values[WSMAN_TYPE_COUNT] = {
        [WSMAN_BOOL] = "true", [WSMAN_U32] = "1", [WSMAN_TEXT] = "x", [WSMAN_BASE64] = "AAAA"};
    g_autoptr(Shop) shop = shop_new();
    const WsmanClass *class = wsman_class_find(S);
    unsigned int asked = 0;

    for (const WsmanMethod *m = class->methods; m->name; m++) {
        g_autoptr(GString) in = g_string_new(BY("DEADBEEF"));

        if (!m->in || strcmp(m->in[0].name, "SessionHandle") != 0) {
            continue;
        }
        for (const WsmanParameter *p = m->in + 1; p->name; p++) {
            g_string_append_printf(in, "<r:%s>%s</r:%s>", p->name, values[p->type], p->name);
        }
        MUST_EQ(desk_call(shop->desk, S, m->name, NULL, in->str), AMT_STORAGE_NOT_REGISTERED);
        MUST_EQ(desk_call(shop->desk, S, m->name, NULL, ""), WSMAN_PT_INVALID_PARAMETER);
        asked++;
    }
    MUST_EQ(asked, 25);
}
END_TEST

START_TEST(blocks)
{
    static const DeskStep steps[] = {
        {S, "AllocateBlock", NULL, BY("$0") ROOM("0"), 15, NULL},
        {S, "AllocateBlock", NULL, BY("$0") ROOM("4096") IS("BlockName", LONG_32), 12, NULL},
        {S, "AllocateBlock", NULL, BY("$0") ROOM("4096"), 0, ":BlockHandle>5<"},
        {S, "AllocateBlock", NULL, BY("$2") ROOM("4096") IS("BlockName", ""), 0, ":BlockHandle>6<"},
        {S, "GetAllocatedBlocks", NULL, BY("$0") IS("BlockOwnerApplication", "4"), 0,
         ":BlockHandles>6<"},
        {S, "GetAllocatedBlocks", NULL, BY("$0") IS("BlockOwnerApplication", "4"), 0,
         "!:BlockHandles>5<"},
        {S, "GetAllocatedBlocks", NULL, BY("$0") IS("BlockOwnerApplication", "9"), 10, NULL},
        {S, "SetBlockVisibility", NULL, BY("$0") BLOCK("6") IS("BlockHidden", "true"), 17, NULL},
        {S, "SetBlockVisibility", NULL, BY("$2") BLOCK("6") IS("BlockHidden", "true"), 0, NULL},
        {S, "GetAllocatedBlocks", NULL, BY("$0") IS("BlockOwnerApplication", "4"), 0,
         "!:BlockHandles>6<"},
        {S, "GetAllocatedBlocks", NULL, BY("$2") IS("BlockOwnerApplication", "4"), 0,
         ":BlockHandles>6<"},
        {S, "SetBlockName", NULL, BY("$0") BLOCK("5") IS("BlockName", "new"), 0, NULL},
        {S, "SetBlockName", NULL, BY("$0") BLOCK("5") IS("BlockName", LONG_32), 12, NULL},
        {S, "SetBlockName", NULL, BY("$0") BLOCK("6") IS("BlockName", "mine"), 13, NULL},
        {S, "GetBlockAttributes", NULL, BY("$1") BLOCK("5"), 0, ":BlockName>new<"},
        {S, "SetBlockName", NULL, BY("$0") BLOCK("5") IS("BlockName", ""), 0, NULL},
        {S, "GetBlockAttributes", NULL, BY("$1") BLOCK("5"), 0, ":BlockName><"},
        {S, "GetBlockAttributes", NULL, BY("$1") BLOCK("0"), 13, NULL},
        {S, "GetBlockAttributes", NULL, BY("$1") BLOCK("99"), 13, NULL},
        {S, "DeallocateBlock", NULL, BY("$1") BLOCK("5"), 17, NULL},
        {S, "DeallocateBlock", NULL, BY("$1") BLOCK("99"), 13, NULL},
        {S, "LockBlock", NULL, BY("$0") BLOCK("99"), 13, NULL},
        {S, "UnlockBlock", NULL, BY("$0") BLOCK("99"), 13, NULL},
        {S, "UnlockBlock", NULL, BY("$0") BLOCK("5"), 19, NULL},
        {S, "LockBlock", NULL, BY("$0") BLOCK("5"), 0, NULL},
        {S, "UnlockBlock", NULL, BY("$0") BLOCK("5"), 0, NULL},
        {S, "UnlockBlock", NULL, BY("$0") BLOCK("5"), 19, NULL},
        {S, "LockBlock", NULL, BY("$0") BLOCK("5"), 0, NULL},
    };
    static const DeskStep later[] = {
        {S, "ReadBlock", NULL, BY("$0") BLOCK("5") IS("ByteOffset", "0") IS("ByteCount", "1"), 0,
         NULL}, /* which renews no lock that is over */
        {S, "UnlockBlock", NULL, BY("$0") BLOCK("5"), 19, NULL},
        {S, "RemoveApplication", NULL, BY("$2"), 0, NULL}, /* and 6 with it, not 5 */
        {S, "GetBlockAttributes", NULL, BY("$1") BLOCK("5"), 0, NULL},
        {A, "GetGlobalStorageAttributes", NULL, "", 0, ":TotalAllocatedStorage>4096<"},
    };
    g_autoptr(Shop) shop = shop_new();

    RUN(shop->desk, steps, shop->words);
    swme_manual_clock_advance(shop->desk->clock, AMT_STORAGE_LOCK_S * SWME_NS_PER_S);
    RUN(shop->desk, later, shop->words);
}
END_TEST

START_TEST(more_blocks_than_there_are)
{
    static const DeskStep partner = {
        A, "AddStorageFpaclEntry", NULL, PARTNER("1", "Acme", "Agent", "true", "4096"), 0, NULL};
    static const DeskStep allocate = {S, "AllocateBlock", NULL, BY("$0") ROOM("4096"), 0, NULL};
    static const DeskStep steps[] = {
        {S, "AllocateBlock", NULL, BY("$0") ROOM("4096"), 23, NULL},
        {A, "SetGlobalStorageAttributes", NULL, IS("MaxPartnerStorage", "147456"), 11, NULL},
        /* Its own area is full; there is some left of the others'. */
        {S, "GetBytesAvailable", NULL, BY("$0"), 0, ":BytesAvailable>36864<"},
        {A, "UpdateStorageFpaclEntry", NULL, IS("Handle", "5") IS("NewAllocationSize", "61440"), 11,
         NULL}, /* less than is in use */
        {A, "UpdateStorageFpaclEntry", NULL, IS("Handle", "5") IS("NewAllocationSize", "65536"), 0,
         NULL},
    };
    g_autoptr(Shop) shop = shop_new();

    desk_steps(shop->desk, &partner, 1, NULL);
    MUST_EQ(desk_call(shop->desk, A, "SetGlobalStorageAttributes", NULL,
                      IS("MaxPartnerStorage", "98304")),
            0);
    for (unsigned int i = 0; i < AMT_STORAGE_BLOCKS; i++) {
        desk_steps(shop->desk, &allocate, 1, shop->words);
    }
    RUN(shop->desk, steps, shop->words);
}
END_TEST

START_TEST(groups)
{
    static const DeskStep steps[] = {
        {S, "AllocateBlock", NULL, BY("$0") ROOM("4096"), 0, ":BlockHandle>5<"},
        {S, "AllocateBlock", NULL, BY("$0") ROOM("4096"), 0, ":BlockHandle>6<"},
        {S, "AddPermissionsGroup", NULL, BY("$0") BLOCK("5") IS("GroupPermissions", "0"), 20, NULL},
        {S, "AddPermissionsGroup", NULL, BY("$0") BLOCK("5") IS("GroupPermissions", "3"), 20, NULL},
        {S, "AddPermissionsGroup", NULL,
         BY("$0") BLOCK("5") IS("GroupPermissions", "1") IS("GroupName", LONG_16), 12, NULL},
        {S, "AddPermissionsGroup", NULL,
         BY("$0") BLOCK("5") IS("GroupPermissions", "1") IS("GroupName", ""), 0, ":GroupHandle>7<"},
        {S, "AddPermissionsGroup", NULL, BY("$0") BLOCK("5") IS("GroupPermissions", "2"), 0, NULL},
        {S, "AddPermissionsGroup", NULL, BY("$0") BLOCK("5") IS("GroupPermissions", "2"), 0, NULL},
        {S, "AddPermissionsGroup", NULL, BY("$0") BLOCK("5") IS("GroupPermissions", "2"), 23, NULL},
        {S, "GetPermissionsGroups", NULL, BY("$1") BLOCK("5"), 0, ":GroupHandles>7<"},
        {S, "GetPermissionsGroups", NULL, BY("$1") BLOCK("99"), 13, NULL},
        {S, "SetPermissionsGroupName", NULL, BY("$0") BLOCK("5") GROUP("7") IS("GroupName", "all"),
         0, NULL},
        {S, "SetPermissionsGroupName", NULL, BY("$0") BLOCK("5") GROUP("7") IS("GroupName", ""), 12,
         NULL},
        {S, "SetPermissionsGroupName", NULL, BY("$1") BLOCK("5") GROUP("7") IS("GroupName", "x"),
         17, NULL},
        {S, "SetPermissionsGroupName", NULL, BY("$0") BLOCK("6") GROUP("7") IS("GroupName", "x"),
         21, NULL},
        {S, "SetPermissionsGroupName", NULL, BY("$0") BLOCK("5") GROUP("0") IS("GroupName", "x"),
         21, NULL},
        {S, "RemovePermissionsGroup", NULL, BY("$0") BLOCK("5") GROUP("99"), 21, NULL},
        {S, "SetPermissionsGroupPermissions", NULL,
         BY("$0") BLOCK("5") GROUP("7") IS("Permissions", "0"), 20, NULL},
        {S, "SetPermissionsGroupPermissions", NULL,
         BY("$0") BLOCK("5") GROUP("7") IS("Permissions", "3"), 20, NULL},
        {S, "SetPermissionsGroupPermissions", NULL,
         BY("$0") BLOCK("5") GROUP("99") IS("Permissions", "1"), 21, NULL},
        {S, "GetPermissionsGroupAttributes", NULL, BY("$1") BLOCK("5") GROUP("7"), 0, ":Name>all<"},
        {S, "GetPermissionsGroupAttributes", NULL, BY("$1") BLOCK("5") GROUP("7"), 0,
         ":Permissions>1<"},
        {S, "GetPermissionsGroupAttributes", NULL, BY("$1") BLOCK("5") GROUP("0"), 21, NULL},
        {S, "GetPermissionsGroupAttributes", NULL, BY("$1") BLOCK("6") GROUP("7"), 21, NULL},
        {S, "GetPermissionsGroupAttributes", NULL, BY("$1") BLOCK("99") GROUP("7"), 13, NULL},
        {S, "GetPermissionsGroupMembers", NULL, BY("$1") BLOCK("5") GROUP("99"), 21, NULL},
    };
    g_autoptr(Shop) shop = shop_new();

    RUN(shop->desk, steps, shop->words);
}
END_TEST

START_TEST(members)
{
#define MEMBERS(method, numbers) S, method, NULL, BY("$0") BLOCK("8") GROUP("9") numbers
#define MEMBER(number)           IS("MemberHandles", number)
    static const DeskStep steps[] = {
        {S, "AllocateBlock", NULL, BY("$0") ROOM("4096"), 0, ":BlockHandle>8<"},
        {S, "AddPermissionsGroup", NULL, BY("$0") BLOCK("8") IS("GroupPermissions", "1"), 0,
         ":GroupHandle>9<"},
        {MEMBERS("AddPermissionsGroupMembers", MEMBER("4") MEMBER("4")), 2058, NULL},
        {MEMBERS("AddPermissionsGroupMembers", MEMBER("9")), 10, NULL},
        {S, "AddPermissionsGroupMembers", NULL, BY("$0") BLOCK("8") GROUP("10") MEMBER("4"), 21,
         NULL},
        {MEMBERS("AddPermissionsGroupMembers",
                 MEMBER("2") MEMBER("3") MEMBER("4") MEMBER("5") MEMBER("6")),
         22, NULL},
        {MEMBERS("AddPermissionsGroupMembers", MEMBER("3") MEMBER("4") MEMBER("5") MEMBER("6")), 0,
         NULL},
        {MEMBERS("AddPermissionsGroupMembers", MEMBER("7")), 23, NULL},
        {MEMBERS("GetPermissionsGroupMembers", ""), 0, ":MemberHandles>6<"},
        {MEMBERS("RemovePermissionsGroupMembers", MEMBER("3") MEMBER("0")), 10, NULL},
        {MEMBERS("GetPermissionsGroupMembers", ""), 0, ":MemberHandles>3<"}, /* all or none */
        {MEMBERS("RemovePermissionsGroupMembers", MEMBER("3") MEMBER("6")), 0, NULL},
        {MEMBERS("GetPermissionsGroupMembers", ""), 0, "!:MemberHandles>3<"},
        {MEMBERS("GetPermissionsGroupMembers", ""), 0, "!:MemberHandles>6<"},
        {MEMBERS("GetPermissionsGroupMembers", ""), 0, ":MemberHandles>4<"},
        {A, "AdminRemoveApplication", NULL, IS("Handle", "4"), 0, NULL},
        {MEMBERS("GetPermissionsGroupMembers", ""), 0, "!:MemberHandles>4<"},
    };
    g_autoptr(Shop) shop = shop_new();

    for (unsigned int i = 0; i < 3; i++) {
        const char *const names[] = {"five", "six", "seven"};
        g_autofree char *session = enter(shop->desk, "Many", names[i]);

        MUST(session != NULL);
    }
    RUN(shop->desk, steps, shop->words);
}
END_TEST

/* ---- what no console can bring about within a test's time, or the NVM alone ---- */

START_TEST(numbers_go_round)
{
    g_autoptr(Shop) shop = shop_new();
    AmtData *data = amt_data_copy(amt_state_data(shop->desk->amt));
    AmtStorageApplication who = data->storage.application[0];
    uint32_t taken = data->live.storage_session[1].handle;
    uint32_t session;

    data->storage.last_handle = UINT32_MAX;
    MUST_EQ(amt_storage_next_handle(&data->storage), 5); /* 1 to 4 are in use */
    /* A session number that is somebody's is not given to another; 0 is nobody's. */
    MUST_EQ(amt_storage_register(data, 1, &who, taken, &session), AMT_STORAGE_OK);
    MUST_EQ(session, taken + 1 ? taken + 1 : 1);
    MUST_EQ(amt_storage_register(data, 1, &who, 0, &session), AMT_STORAGE_OK);
    MUST_EQ(session, 1);
    amt_data_free(data);
}
END_TEST

START_TEST(what_no_storage_can_be)
{
    static const DeskStep steps[] = {
        {S, "AllocateBlock", NULL, BY("$0") ROOM("4096"), 0, NULL},
        {S, "AddPermissionsGroup", NULL, BY("$0") BLOCK("5") IS("GroupPermissions", "1"), 0, NULL},
    };
    g_autoptr(Shop) shop = shop_new();
    AmtStorage good;
    AmtStorage bad;

    RUN(shop->desk, steps, shop->words);
    good = amt_state_data(shop->desk->amt)->storage;
    MUST(amt_storage_sane(&good));
    bad = good;
    bad.application[0].name[0] = 0;
    MUST(!amt_storage_sane(&bad));
    bad = good;
    bad.application[0].handle = bad.application[1].handle;
    MUST(!amt_storage_sane(&bad));
    bad = good;
    bad.group[0].permissions = 0;
    MUST(!amt_storage_sane(&bad));
    bad = good;
    bad.group[0].handle = bad.enterprise[0].handle;
    MUST(!amt_storage_sane(&bad));
    bad = good;
    bad.partner[0] = (AmtStoragePartner){.handle = 90, .size = UINT32_MAX};
    bad.partner[1] = (AmtStoragePartner){.handle = 91, .size = AMT_STORAGE_MTU};
    MUST(!amt_storage_sane(&bad)); /* whose sum is small in 32 bits */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("storage-refusals");
    TCase *tcase = unit_case(suite, "refusals");

    tcase_add_test(tcase, enterprises);
    tcase_add_test(tcase, partners);
    tcase_add_test(tcase, applications);
    tcase_add_test(tcase, without_a_session);
    tcase_add_test(tcase, blocks);
    tcase_add_test(tcase, more_blocks_than_there_are);
    tcase_add_test(tcase, groups);
    tcase_add_test(tcase, members);
    tcase_add_test(tcase, numbers_go_round);
    tcase_add_test(tcase, what_no_storage_can_be);
    return unit_run(suite);
}
