/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "soap": documents at WS-Management, as they are or with pieces of real ones put in
 * for single bytes, by the administrator or somebody with some realms. Each gets an answer that is
 * well-formed and that MeshCentral's parser could read.
 */
#include <string.h>

#include <libxml/parser.h>

#include "firmware-sim/amt/amt-agents.h"
#include "firmware-sim/amt/amt-state.h"
#include "firmware-sim/amt/wsman/classes.h"
#include "firmware-sim/amt/wsman/wsman.h"
#include "firmware-sim/manual-clock.h"
#include "tests/fuzz/fuzz.h"

static const uint8_t uuid[16] = {1};

#define ENVELOPE                                                    \
    "<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\" "  \
    "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" " \
    "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><Header>"
#define PULL                                                                                 \
    "<Pull xmlns=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\"><EnumerationContext>" \
    "01000000-0000-0000-0000-000000000000</EnumerationContext><MaxElements>"

#define TOKEN_END                                                                         \
    "</Password></UsernameToken></RequestedSecurityToken></RequestSecurityTokenResponse>" \
    "</IssuedTokens>"

#define METHODS_MAX 512 /* of all classes: a few more than there are */

/* A byte from 128 on stands for one of these; from 192 on, with the next, for a class's name. */
static const char *const pieces[] = {
    ENVELOPE,
    "<a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/",
    "<a:Action>http://schemas.xmlsoap.org/ws/2004/09/enumeration/",
    "Get</a:Action>",
    "Put</a:Action>",
    "Create</a:Action>",
    "Delete</a:Action>",
    "Enumerate</a:Action>",
    "Pull</a:Action>",
    "Release</a:Action>",
    "<a:Action>",
    "</a:Action>",
    "<w:ResourceURI>http://intel.com/wbem/wscim/1/amt-schema/1/",
    "<w:ResourceURI>http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/",
    "<w:ResourceURI>http://intel.com/wbem/wscim/1/ips-schema/1/",
    "</w:ResourceURI>",
    "<w:SelectorSet><w:Selector Name=\"InstanceID\">",
    "<w:SelectorSet><w:Selector Name=\"Name\">",
    "</w:Selector></w:SelectorSet>",
    "</Header><Body>",
    "</Body></Envelope>",
    "<Enumerate xmlns=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\"/>",
    PULL,
    "</MaxElements></Pull>",
    "<a:Address>x</a:Address><a:ReferenceParameters>",
    "</a:ReferenceParameters>",
    "<a:MessageID>1</a:MessageID>",
    "http://intel.com/wbem/wscim/1/amt-schema/1/",
    "http://intel.com/wbem/wscim/1/ips-schema/1/",
    "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/",
    "_INPUT>",
    "true",
    "<a:Action>http://schemas.xmlsoap.org/ws/2004/08/eventing/Subscribe</a:Action>",
    "<a:Action>http://schemas.xmlsoap.org/ws/2004/08/eventing/Unsubscribe</a:Action>",
    "<a:Action>http://schemas.xmlsoap.org/ws/2004/08/eventing/Renew</a:Action>",
    "<e:Subscribe xmlns:e=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\"><e:Delivery ",
    "Mode=\"http://schemas.xmlsoap.org/ws/2004/08/eventing/DeliveryModes/Push\">",
    "Mode=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck\">",
    "<e:NotifyTo><a:Address>",
    "</a:Address>",
    "http://192.0.2.7/",
    "</e:NotifyTo>",
    "</e:Delivery></e:Subscribe>",
    "<IssuedTokens><RequestSecurityTokenResponse><RequestedSecurityToken><UsernameToken><Username>",
    "</Username><Password>",
    TOKEN_END,
    "<m:arg xmlns:m=\"urn:m\">",
    "</m:arg>",
    "<w:Auth Profile=\"x/digest\"/>",
    "<w:SelectorSet><w:Selector Name=\"Handler\"><a:EndpointReference>",
};

/* The n-th method of all, with its class and parameters, as a whole request. */
static void append_method(GString *text, unsigned int number, FuzzInput *input)
{
    for (unsigned int i = 0; wsman_classes[i]; i++) {
        const WsmanClass *class = wsman_classes[i];

        for (const WsmanMethod *m = class->methods; m && m->name; m++) {
            if (number-- != 0) {
                continue;
            }
            g_string_append_printf(text,
                                   "%s<a:Action>%s%s/%s</a:Action><w:ResourceURI>%s%s"
                                   "</w:ResourceURI></Header><Body><%s_INPUT>",
                                   pieces[0], wsman_class_prefix(class->name), class->name, m->name,
                                   wsman_class_prefix(class->name), class->name, m->name);
            for (const WsmanParameter *p = m->in; p && p->name; p++) {
                g_string_append_printf(text, "<%s>", p->name);
                for (unsigned int n = fuzz_u8(input) % 40; n; n--) {
                    char c = (char)(fuzz_u8(input) & 0x7f);

                    if (c >= ' ' && c != '<' && c != '&') {
                        g_string_append_c(text, c);
                    }
                }
                g_string_append_printf(text, "</%s>", p->name);
            }
            g_string_append_printf(text, "</%s_INPUT></Body></Envelope>", m->name);
            return;
        }
    }
}

static bool makes_keys(const GString *text)
{
    return strstr(text->str, "GenerateKeyPair") != NULL; /* right, and slow */
}

static void append_piece(GString *text, uint8_t byte, FuzzInput *input)
{
    static unsigned int classes;

    while (wsman_classes[classes]) { /* the first time */
        classes++;
    }
    if (byte < 128) {
        g_string_append_c(text, (char)byte);
    } else if (byte < 192) {
        g_string_append(text, pieces[(byte - 128u) % G_N_ELEMENTS(pieces)]);
    } else {
        unsigned int number = byte - 192u + 64u * (fuzz_u8(input) & 3u);

        g_string_append(text, wsman_classes[number % classes]->name);
    }
}

typedef struct Rig {
    SwmeManualClock *clock;
    SwmeContext context;
    AmtData *fresh;
    xmlParserCtxt *parser;
} Rig;

/* The default platform, and one that has what later ones have lost. */
static Rig rigs[2];

static Rig *rig_of(bool old)
{
    Rig *rig = &rigs[old];

    if (!rig->parser) {
        rig->clock = swme_manual_clock_new();
        rig->context.platform = swme_platform_find(old ? "spt" : NULL, NULL);
        rig->context.amt =
            amt_state_new(rig->context.platform, uuid, swme_manual_clock(rig->clock), 1600000000);
        rig->context.agents = amt_agents_new(rig->context.amt, swme_manual_clock(rig->clock), NULL);
        rig->fresh = amt_data_copy(amt_state_data(rig->context.amt));
        rig->parser = xmlNewParserCtxt();
    }
    return rig;
}

/* parse: not for all, because that is most of the work. */
static void look_at(const Rig *rig, const WsmanReply *reply, bool parse)
{
    gsize size;
    const char *text = g_bytes_get_data(reply->body, &size);

    if (parse) {
        xmlDoc *document =
            xmlCtxtReadMemory(rig->parser, text, (int)size, NULL, NULL,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

        FUZZ_MUST(document != NULL, "no XML: %.*s", (int)size, text);
        xmlFreeDoc(document);
    }
    FUZZ_MUST(reply->status == 200 || reply->status == 400, "status %u", reply->status);
    for (const char *at = text; (at = memchr(at, '/', (size_t)(text + size - at))); at++) {
        FUZZ_MUST(at == text || at + 1 == text + size || at[1] != '>' || at[-1] == ' ', "%.*s",
                  (int)size, text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    SwmeMachine machine = {NULL, NULL};
    WsmanCaller caller = {.user = "joe"};
    Rig *rig = rig_of(size % 8 == 7);
    Wsman *wsman;

    amt_state_replace(rig->context.amt, rig->fresh);
    wsman = wsman_new(&rig->context, &machine);
    while (input.left) {
        uint8_t how = fuzz_u8(&input);
        GString *text = g_string_new(NULL);
        WsmanReply reply;

        caller.admin = how & 1;
        caller.realms = how & 2 ? UINT32_MAX : 0;
        if (how & 4) {
            append_method(text, fuzz_u16(&input) % METHODS_MAX, &input);
        } else {
            for (uint8_t byte; input.left && (byte = fuzz_u8(&input)) != 0;) {
                append_piece(text, byte, &input);
            }
        }
        if (!makes_keys(text)) {
            wsman_answer(wsman, &caller, text->str, text->len, &reply);
            look_at(rig, &reply, fuzz_one_in(4, data, size));
            if (reply.after && how & 8) {
                reply.after(reply.opaque);
            }
            g_bytes_unref(reply.body);
        }
        g_string_free(text, TRUE);
    }
    wsman_free(wsman);
    return 0;
}
