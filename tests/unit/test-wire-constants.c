/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each constant of the public headers against the number that the fact sheets give, the functions
 * and macros of the packet header, and whole recorded exchanges, which no table of single numbers
 * can replace.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include <swme/amthi.h>
#include <swme/bytes.h>
#include <swme/guid.h>
#include <swme/hbm.h>
#include <swme/me-clients.h>
#include <swme/mei-header.h>
#include <swme/mkhi.h>

#include "tests/unit/wire-constants.h"

static unsigned int check_table(const WireConstant *table, size_t count)
{
    unsigned int wrong = 0;

    for (size_t i = 0; i < count; i++) {
        if (table[i].value != table[i].expected) {
            printf("# %s is 0x%llx, the fact sheet has 0x%llx\n", table[i].name,
                   (unsigned long long)table[i].value, (unsigned long long)table[i].expected);
            wrong++;
        }
    }
    return wrong;
}

START_TEST(constants_are_the_fact_sheet_s)
{
    unsigned int wrong = check_table(wire_constants_hbm, wire_constants_hbm_count) +
                         check_table(wire_constants_me, wire_constants_me_count) +
                         check_table(wire_constants_mkhi, wire_constants_mkhi_count) +
                         check_table(wire_constants_clients, wire_constants_clients_count) +
                         check_table(wire_constants_apf, wire_constants_apf_count);

    printf("# %zu constants checked\n",
           wire_constants_hbm_count + wire_constants_me_count + wire_constants_mkhi_count +
               wire_constants_clients_count + wire_constants_apf_count);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(texts_are_the_fact_sheet_s)
{
    for (size_t i = 0; i < wire_texts_apf_count; i++) {
        ck_assert_str_eq(wire_texts_apf[i].value, wire_texts_apf[i].expected);
    }
}
END_TEST

START_TEST(no_constant_is_checked_twice)
{
    const WireConstant *tables[] = {wire_constants_hbm, wire_constants_me, wire_constants_mkhi,
                                    wire_constants_clients, wire_constants_apf};
    size_t counts[] = {wire_constants_hbm_count, wire_constants_me_count, wire_constants_mkhi_count,
                       wire_constants_clients_count, wire_constants_apf_count};

    for (size_t t = 0; t < UNIT_COUNT(tables); t++) {
        for (size_t i = 0; i < counts[t]; i++) {
            for (size_t j = 0; j < i; j++) {
                MUST_MSG(strcmp(tables[t][i].name, tables[t][j].name) != 0, "%s",
                         tables[t][i].name);
            }
        }
    }
}
END_TEST

/* Section 4, bit by bit: each bit of a header belongs to one field. */
START_TEST(header_fields_take_their_bits)
{
    for (int bit = 0; bit < 32; bit++) {
        uint32_t header = 1u << bit;

        MUST_EQ(MEI_HDR_ME_ADDR(header), bit <= 7 ? 1u << bit : 0);
        MUST_EQ(MEI_HDR_HOST_ADDR(header), bit >= 8 && bit <= 15 ? 1u << (bit - 8) : 0);
        MUST_EQ(MEI_HDR_LENGTH(header), bit >= 16 && bit <= 24 ? 1u << (bit - 16) : 0);
        MUST_EQ((header & MEI_HDR_RESERVED) != 0, bit >= 25 && bit <= 27);
    }
    MUST_EQ(mei_hdr(0xaa, 0x55, 0x1ff, true), 0x81ff55aau);
    MUST_EQ(mei_hdr(0, 0, 4, true), 0x80040000u);
    MUST_EQ(mei_hdr(7, 0, 17, false), 0x00110007u);
    /* A length that does not fit must not run into the reserved bits. */
    MUST_EQ(mei_hdr(0, 0, 0xffff, false), 0x01ff0000u);
    for (unsigned int length = 0; length <= 511; length++) {
        MUST_EQ(MEI_HDR_LENGTH(mei_hdr(1, 2, (uint16_t)length, false)), length);
        MUST_EQ(mei_hdr_slots(0xfe00ffffu | length << 16), 1 + length / 4 + (length % 4 != 0));
    }
}
END_TEST

/* Headers of the expected trace (14.2). */
START_TEST(recorded_headers)
{
    static const struct {
        uint32_t header;
        unsigned int length;
        unsigned int slots;
    } rows[] = {
        {0x80040000u, 4, 2},   /* START, ENUM, PROPERTIES requests */
        {0x80280000u, 40, 11}, /* DMA_SETUP */
        {0x80240000u, 36, 10}, /* ENUM response */
        {0x801c0000u, 28, 8},  /* PROPERTIES response */
        {0xc0110007u, 17, 6},  /* OS version: internal, complete */
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        ck_assert_uint_eq(MEI_HDR_LENGTH(rows[i].header), rows[i].length);
        ck_assert_uint_eq(mei_hdr_slots(rows[i].header), rows[i].slots);
        ck_assert_uint_eq(rows[i].header & MEI_HDR_RESERVED, 0);
        ck_assert_uint_eq(rows[i].header & MEI_HDR_COMPLETE, MEI_HDR_COMPLETE);
    }
    ck_assert_uint_eq(0xc0110007u & MEI_HDR_INTERNAL, MEI_HDR_INTERNAL);
}
END_TEST

/* Recorded exchanges (14.3), read with the headers' offsets. */
START_TEST(recorded_mkhi_and_amthi_exchanges)
{
    static const uint8_t version[12] = {0xff, 0x82, 0, 0, 8, 0, 0xb, 0, 0x61, 0x0d, 0x32, 0};
    static const uint8_t caps[13] = {3, 0x82, 0, 0, 0, 0, 0, 0, 4, 0x40, 0x11, 0x10, 0x31};
    static const uint8_t state[20] = {1, 1, 0, 0, 0x11, 0, 0x80, 4, 8};
    const uint8_t *block = version + MKHI_HEADER_SIZE;

    ck_assert_uint_eq(version[MKHI_OFF_GROUP], MKHI_GROUP_GENERAL);
    ck_assert_uint_eq(version[MKHI_OFF_COMMAND], MKHI_GEN_FW_VERSION | MKHI_RESPONSE);
    ck_assert_uint_eq(swme_get_le16(block + MKHI_FW_VERSION_OFF_MINOR), 8);
    ck_assert_uint_eq(block[MKHI_FW_VERSION_OFF_MAJOR], 11);
    ck_assert_uint_eq(block[MKHI_FW_VERSION_OFF_PLATFORM], 0);
    ck_assert_uint_eq(swme_get_le16(block + MKHI_FW_VERSION_OFF_HOTFIX), 50);
    ck_assert_uint_eq(swme_get_le16(block + MKHI_FW_VERSION_OFF_BUILD), 3425);

    ck_assert_uint_eq(swme_get_le32(caps + MKHI_RULE_OFF_ID), MKHI_RULE_SKU_CAPABILITIES);
    ck_assert_uint_eq(caps[MKHI_RULE_OFF_LENGTH], sizeof(caps) - MKHI_RULE_OFF_DATA);
    ck_assert_uint_eq(swme_get_le32(caps + MKHI_RULE_OFF_DATA) & MKHI_CAP_PTT, MKHI_CAP_PTT);

    ck_assert_uint_eq(swme_get_le32(state + AMTHI_OFF_COMMAND),
                      AMTHI_GET_PROVISIONING_STATE | AMTHI_RESPONSE);
    ck_assert_uint_eq(swme_get_le32(state + AMTHI_OFF_LENGTH), sizeof(state) - AMTHI_HEADER_SIZE);
}
END_TEST

START_TEST(client_guids)
{
    static const struct {
        SwmeGuid guid;
        const char *text;
    } rows[] = {
        {SWME_GUID_AMTHI, "12f80028-b4b7-4b2d-aca8-46e0ff65814c"},
        {SWME_GUID_LME, "6733a4db-0476-4e7b-b3af-bcfc29bee7a7"},
        {SWME_GUID_WATCHDOG, "05b79a6f-4628-4d7f-899d-a91514cb32ab"},
        {SWME_GUID_MKHI, "8e6a6715-9abc-4043-88ef-9e39c6f63e0f"},
        {SWME_GUID_MKHI_FIXED, "55213584-9a29-4916-badf-0fb7ed682aeb"},
        {SWME_GUID_MCHI, "dd17041c-09ea-4b17-a271-5b989867ec65"},
        {SWME_GUID_ICC, "42b3ce2f-bd9f-485a-96ae-26406230b1ff"},
        {SWME_GUID_01E88543, "01e88543-8050-4380-9d6f-4f9cec704917"},
        {SWME_GUID_8C2F4425, "8c2f4425-77d6-4755-aca3-891fdbc66a58"},
        {SWME_GUID_F908627D, "f908627d-13bf-4a04-b91f-a64e9245323d"},
        {SWME_GUID_DBA4D603, "dba4d603-d7ed-4931-8823-17ad585705d5"},
        {SWME_GUID_DAL_LAUNCHER, "5565a099-7fe2-45c1-a22b-d7e9dfea9a2e"},
        {SWME_GUID_DAL, "3c4852d6-d47b-4f46-b05e-b5edc1aa440e"},
        {SWME_GUID_PAVP, "fbf6fcf1-96cf-4e2e-a6a6-1bab8cbe36b1"},
        {SWME_GUID_HDCP, "b638ab7e-94e2-4ea2-a552-d1c54b627f04"},
        {SWME_GUID_6861EC7B, "6861ec7b-d07a-4673-856c-7f22b4d55769"},
        {SWME_GUID_CEA154EA, "cea154ea-8ff5-4f94-9290-0bb7355a34db"},
        {SWME_GUID_BB875E12, "bb875e12-cb58-4d14-ae93-8566183c66c7"},
        {SWME_GUID_FWU, "309dcde8-ccb1-4062-8f78-600115a34327"},
        {SWME_GUID_HOTHAM, "082ee5a7-7c25-470a-9643-0c06f0466ea1"},
        {SWME_GUID_UPID, "92136c79-5fea-4cfd-980e-23be07fa5e9f"},
        {SWME_GUID_PSR, "ed6703fa-d312-4e8b-9ddd-2155bb2dee65"},
    };
    static const uint8_t amthi[16] = {0x28, 0x00, 0xf8, 0x12, 0xb7, 0xb4, 0x2d, 0x4b,
                                      0xac, 0xa8, 0x46, 0xe0, 0xff, 0x65, 0x81, 0x4c};
    SwmeGuid echo = SWME_GUID_ECHO;

    ck_assert_mem_eq(rows[0].guid.bytes, amthi, sizeof(amthi));
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char text[37];

        swme_guid_format(&rows[i].guid, text);
        ck_assert_str_eq(text, rows[i].text);
        ck_assert(!swme_guid_equal(&rows[i].guid, &echo));
        ck_assert(!swme_guid_equal(&rows[i].guid, &rows[(i + 1) % UNIT_COUNT(rows)].guid));
    }
}
END_TEST

START_TEST(names_of_commands_and_statuses)
{
    for (unsigned int i = 0; i < 300; i++) {
        ck_assert_ptr_nonnull(hbm_command_name(i));
        ck_assert_ptr_nonnull(hbm_status_name(i));
    }
    ck_assert_str_eq(hbm_command_name(0x81), hbm_command_name(0x01));
    ck_assert_str_eq(hbm_command_name(0x13), "CAPABILITIES");
    ck_assert_str_eq(hbm_status_name(1), "client not found");
    ck_assert_str_eq(hbm_status_name(7), "not started");
    ck_assert_str_eq(hbm_status_name(8), hbm_status_name(UINT32_MAX));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wire-constants");
    TCase *tcase = unit_case(suite, "constants");

    tcase_add_test(tcase, constants_are_the_fact_sheet_s);
    tcase_add_test(tcase, texts_are_the_fact_sheet_s);
    tcase_add_test(tcase, no_constant_is_checked_twice);
    tcase_add_test(tcase, client_guids);
    tcase_add_test(tcase, names_of_commands_and_statuses);

    tcase = unit_case(suite, "packets");
    tcase_add_test(tcase, header_fields_take_their_bits);
    tcase_add_test(tcase, recorded_headers);
    tcase_add_test(tcase, recorded_mkhi_and_amthi_exchanges);
    return unit_run(suite);
}
