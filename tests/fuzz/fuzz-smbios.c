/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "smbios": what a guest has where its BIOS put the SMBIOS structures: the entry point,
 * the structures, and what WS-Management makes of them.
 */
#include <string.h>

#include <libxml/parser.h>

#include "firmware-sim/amt/amt-agents.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/amt/smbios.h"
#include "firmware-sim/amt/wsman/wsman.h"
#include "firmware-sim/manual-clock.h"
#include "tests/fuzz/fuzz.h"

#define ENTRY_MOST 64

enum { ENTRY_32 = 1, ENTRY_64 = 2, SUM = 4 };

#define CIM "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
#define AMT "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define HEAD                                                                             \
    "<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\" "                       \
    "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "                      \
    "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><Header><a:Action>"      \
    "http://schemas.xmlsoap.org/ws/2004/09/enumeration/%s</a:Action><w:ResourceURI>%s%s" \
    "</w:ResourceURI></Header><Body><%s xmlns=\"http://schemas.xmlsoap.org/ws/2004/09/"  \
    "enumeration\">%s</%s></Body></Envelope>"
#define CONTEXT                                                                       \
    "<EnumerationContext>%02x000000-0000-0000-0000-000000000000</EnumerationContext>" \
    "<MaxElements>100</MaxElements>"

static const struct {
    const char *prefix;
    const char *class;
} classes[] = {
    {CIM, "CIM_ComputerSystemPackage"}, {CIM, "CIM_Chassis"},   {CIM, "CIM_Card"},
    {CIM, "CIM_BIOSElement"},           {CIM, "CIM_Processor"}, {CIM, "CIM_Chip"},
    {CIM, "CIM_PhysicalMemory"},        {CIM, "CIM_Battery"},   {AMT, "AMT_AssetTable"},
};

/* An entry point by what the input says, its sum put right if asked for. */
static void entry_point(FuzzInput *input, unsigned int how)
{
    uint8_t memory[ENTRY_MOST] = {0};
    size_t at = fuzz_u8(input) % 3u * 16;
    size_t size = fuzz_u8(input) % (ENTRY_MOST + 1u);
    size_t sum_at = how & ENTRY_64 ? 5 : 4;
    size_t length_at = how & ENTRY_64 ? 6 : 5;
    uint64_t address = 0;
    size_t length = 0;

    for (size_t i = 0; i < sizeof(memory); i++) {
        memory[i] = fuzz_u8(input);
    }
    if (how & ENTRY_64) {
        memcpy(memory + at, "_SM3_", 5);
    } else if (how & ENTRY_32) {
        memcpy(memory + at, "_SM_", 4);
        memcpy(memory + at + 0x10, "_DMI_", 5);
    }
    if (how & SUM && at + memory[at + length_at] <= sizeof(memory)) {
        for (size_t i = 0; i < memory[at + length_at]; i++) {
            memory[at + sum_at] =
                (uint8_t)(memory[at + sum_at] - (i == sum_at ? 0 : memory[at + i]));
        }
    }
    if (smbios_entry_point(memory, size, &address, &length)) {
        FUZZ_MUST(length >= 6 && length <= SMBIOS_SIZE_MAX, "%zu bytes", length);
    }
}

static void look_at(GBytes *table, const SmbiosStructure *structure)
{
    gsize size;
    const uint8_t *data = g_bytes_get_data(table, &size);

    FUZZ_MUST(structure->data >= data && structure->size >= 4 &&
                  (size_t)(structure->data - data) + structure->size + structure->strings_size <=
                      size,
              "outside");
    for (size_t at = 0; at <= structure->size; at++) {
        char text[SMBIOS_TEXT_SIZE];

        smbios_text(structure, at, text);
        FUZZ_MUST(memchr(text, '\0', sizeof(text)) != NULL, "endless");
        for (const char *c = text; *c; c++) {
            FUZZ_MUST(g_ascii_isprint(*c), "0x%02x", (unsigned char)*c);
        }
    }
    FUZZ_MUST(smbios_u8(structure, structure->size) == 0 &&
                  smbios_u16(structure, structure->size - 1) == 0 &&
                  smbios_u32(structure, structure->size - 3) == 0,
              "from behind the end");
}

/* ---- as consoles see it ---- */

typedef struct Rig {
    SwmeManualClock *clock;
    SwmeContext context;
    xmlParserCtxt *parser;
} Rig;

static Rig rig;

static GBytes *smbios(void *machine)
{
    return g_bytes_ref(machine);
}

static void rig_init(void)
{
    static const uint8_t uuid[16] = {1};

    if (!rig.clock) {
        rig.clock = swme_manual_clock_new();
        rig.context.platform = swme_platform_find(NULL, NULL);
        rig.context.amt =
            amt_state_new(rig.context.platform, uuid, swme_manual_clock(rig.clock), 1600000000);
        rig.context.agents = amt_agents_new(rig.context.amt, swme_manual_clock(rig.clock), NULL);
        rig.parser = xmlNewParserCtxt();
    }
}

static void ask(Wsman *wsman, unsigned int class, const char *operation, const char *body)
{
    static const WsmanCaller caller = {.user = "joe", .admin = true, .realms = UINT32_MAX};
    g_autofree char *text = g_strdup_printf(HEAD, operation, classes[class].prefix,
                                            classes[class].class, operation, body, operation);
    WsmanReply reply;
    xmlDoc *document;
    gsize size;
    const char *answer;

    wsman_answer(wsman, &caller, text, strlen(text), &reply);
    answer = g_bytes_get_data(reply.body, &size);
    FUZZ_MUST(reply.status == 200, "%.*s", (int)size, answer);
    document = xmlCtxtReadMemory(rig.parser, answer, (int)size, NULL, NULL,
                                 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    FUZZ_MUST(document != NULL, "no XML: %.*s", (int)size, answer);
    xmlFreeDoc(document);
    g_bytes_unref(reply.body);
}

static void ask_all(GBytes *table)
{
    static const SwmeMachineOps ops = {.smbios = smbios};
    SwmeMachine machine = {&ops, table};
    Wsman *wsman;

    rig_init();
    wsman = wsman_new(&rig.context, &machine);
    for (unsigned int i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *context = g_strdup_printf(CONTEXT, i + 1);

        ask(wsman, i, "Enumerate", "");
        ask(wsman, i, "Pull", context);
    }
    wsman_free(wsman);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    unsigned int how = fuzz_u8(&input);
    g_autoptr(GBytes) table = NULL;
    SmbiosStructure structure;

    if (how & (ENTRY_32 | ENTRY_64)) {
        entry_point(&input, how);
    }
    table = g_bytes_new(input.data, input.left);
    for (unsigned int type = 0; type <= UINT8_MAX; type++) {
        if (!memchr(input.data, (int)type, input.left)) {
            continue;
        }
        for (unsigned int i = 0; smbios_find(table, (uint8_t)type, i, &structure); i++) {
            look_at(table, &structure);
        }
    }
    if (fuzz_one_in(64, data, size)) {
        ask_all(table);
    }
    return 0;
}
