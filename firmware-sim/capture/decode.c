/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware-sim/capture/decode.h"

#include <string.h>

#include <swme/bytes.h>
#include <swme/capture.h>
#include <swme/guid.h>
#include <swme/mei-header.h>

#include "firmware-sim/capture/layout.h"

#define ITEMS_MOST 512 /* of one record: a hostile count ends there */

/* ---- items ---- */

static void add(SwmeDecoded *d, const char *name, SwmeDecodedType type, uint64_t number, char *text)
{
    SwmeDecodedItem item = {g_strdup(name), type, number, text};

    g_array_append_val(d->items, item);
}

static void add_number(SwmeDecoded *d, const char *name, uint64_t number, const char *meaning)
{
    add(d, name, SWME_DECODED_NUMBER, number, g_strdup(meaning));
}

static bool looks_like_text(const uint8_t *data, size_t size)
{
    size_t length = 0;

    while (length < size && data[length] >= 0x20 && data[length] < 0x7f) {
        length++;
    }
    for (size_t i = length; i < size; i++) {
        if (data[i]) {
            return false;
        }
    }
    return length > 1;
}

static void add_bytes(SwmeDecoded *d, const char *name, const uint8_t *data, size_t size)
{
    GString *text;

    if (looks_like_text(data, size)) {
        add(d, name, SWME_DECODED_TEXT, 0, g_strndup((const char *)data, size));
        return;
    }
    text = g_string_new(NULL);
    if (size == SWME_GUID_SIZE && (g_str_equal(name, "guid") || g_str_has_prefix(name, "UUID"))) {
        SwmeGuid guid;
        char guid_text[SWME_GUID_STRING_SIZE];

        memcpy(guid.bytes, data, size);
        swme_guid_format(&guid, guid_text);
        add(d, name, SWME_DECODED_TEXT, 0, g_strdup(guid_text));
        g_string_free(text, TRUE);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        g_string_append_printf(text, "%02x", data[i]);
    }
    add(d, name, SWME_DECODED_BYTES, size, g_string_free(text, FALSE));
}

/* ---- layouts ---- */

typedef struct Walk {
    SwmeDecoded *decoded;
    const uint8_t *data;
    size_t left;
    bool big_endian;
    uint64_t last; /* number seen */
    bool lost;     /* what follows cannot be told apart */
} Walk;

static uint64_t number_at(const uint8_t *data, size_t size, bool big_endian)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++) {
        value = value << 8 | data[big_endian ? i : size - 1 - i];
    }
    return value;
}

static const char *number_name(const char *table, uint64_t number)
{
    for (const SwmeNumberName *n = swme_number_names; n->table; n++) {
        if (n->number == number && g_str_equal(n->table, table)) {
            return n->name;
        }
    }
    return NULL;
}

static void walk_rest(Walk *walk, const char *name)
{
    if (walk->left) {
        add_bytes(walk->decoded, name, walk->data, walk->left);
    }
    walk->data += walk->left;
    walk->left = 0;
}

/* False: not all of it is there. */
static bool walk_bytes(Walk *walk, const char *name, uint64_t size)
{
    if (size > walk->left) {
        return false;
    }
    add_bytes(walk->decoded, name, walk->data, size);
    walk->data += size;
    walk->left -= size;
    return true;
}

static bool walk_number(Walk *walk, char *name, size_t size)
{
    char *table = strchr(name, ':');

    if (size > walk->left) {
        return false;
    }
    walk->last = number_at(walk->data, size, walk->big_endian);
    if (table) {
        *table++ = '\0';
    }
    add_number(walk->decoded, name, walk->last, table ? number_name(table, walk->last) : NULL);
    walk->data += size;
    walk->left -= size;
    return true;
}

static bool walk_string(Walk *walk, const char *name)
{
    size_t size = walk->big_endian ? 4 : 2;
    uint64_t length;

    if (size > walk->left) {
        return false;
    }
    length = number_at(walk->data, size, walk->big_endian);
    if (length > walk->left - size) {
        return false;
    }
    walk->data += size;
    walk->left -= size;
    return walk_bytes(walk, name, length);
}

/* What follows the word and a blank; NULL: it begins otherwise. */
static char *behind(char *item, const char *word)
{
    size_t length = strlen(word);

    return !strncmp(item, word, length) && item[length] == ' ' ? item + length + 1 : NULL;
}

/* A string in a field of so many bytes, length and padding included. */
static bool walk_field(Walk *walk, uint64_t size)
{
    uint64_t length =
        size >= 2 && size <= walk->left ? number_at(walk->data, 2, walk->big_endian) : UINT64_MAX;

    if (size < 2 || size > walk->left || length > size - 2) {
        return false;
    }
    add_bytes(walk->decoded, "string", walk->data + 2, length);
    walk->data += size;
    walk->left -= size;
    return true;
}

/* One item that is no repetition. False: it does not fit, or is none of ours. */
static bool walk_item(Walk *walk, char *item)
{
    static const struct {
        const char *word;
        size_t size;
    } numbers[] = {{"u8", 1}, {"u16", 2}, {"u32", 4}, {"u64", 8}};
    char *name, *end;

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        name = behind(item, numbers[i].word);
        if (name) {
            /* "u32 (or u8) …" and the like are for people. */
            return *name != '(' && walk_number(walk, name, numbers[i].size);
        }
    }
    if ((name = behind(item, "string"))) {
        return g_ascii_isdigit(*name) ? walk_field(walk, g_ascii_strtoull(name, NULL, 10))
                                      : walk_string(walk, name);
    }
    if ((name = behind(item, "rest"))) {
        walk_rest(walk, name);
        return true;
    }
    if (!strcmp(item, "00") || !strcmp(item, "01")) {
        return walk_bytes(walk, "constant", 1);
    }
    name = strrchr(item, ' ');
    if (name && name != item && g_ascii_isdigit(name[1])) {
        uint64_t size = g_ascii_strtoull(name + 1, &end, 10);

        if (*end == '\0') {
            *name = '\0';
            return walk_bytes(walk, item, size);
        }
    }
    return false;
}

/* The items of a list, cut at commas outside parentheses. */
static GPtrArray *split(const char *layout)
{
    GPtrArray *items = g_ptr_array_new_with_free_func(g_free);
    const char *start = layout;
    int depth = 0;

    for (const char *p = layout;; p++) {
        depth += (*p == '(') - (*p == ')');
        if (*p == '\0' || (*p == ',' && depth == 0)) {
            if (p > start) {
                g_ptr_array_add(items, g_strndup(start, (gsize)(p - start)));
            }
            if (*p == '\0') {
                return items;
            }
            start = p + 1 + (p[1] == ' ');
        }
    }
}

/* COUNT x …: the count, and what is repeated; NULL: it is no repetition. */
static char *repeated(const Walk *walk, char *item, uint64_t *count)
{
    char *end;

    if (g_str_has_prefix(item, "count x ")) {
        *count = walk->last;
        return item + strlen("count x ");
    }
    if (!g_ascii_isdigit(*item)) {
        return NULL;
    }
    *count = g_ascii_strtoull(item, &end, 10);
    if (g_str_has_prefix(end, " or ")) {
        *count = g_ascii_strtoull(end + 4, &end, 10); /* as many of them as there are */
    }
    return g_str_has_prefix(end, " x ") ? end + 3 : NULL;
}

static void walk_layout(Walk *walk, const char *layout)
{
    g_autoptr(GPtrArray) items = split(layout);

    for (guint i = 0; i < items->len && !walk->lost && walk->left; i++) {
        char *item = items->pdata[i];
        uint64_t count = 1;
        char *inner = repeated(walk, item, &count);
        size_t length = inner ? strlen(inner) : 0;
        g_autofree char *list = NULL;

        if (inner && inner[0] == '(' && inner[length - 1] == ')') {
            list = g_strndup(inner + 1, length - 2);
            for (; count && walk->left && !walk->lost; count--) {
                walk_layout(walk, list);
                walk->lost |= walk->decoded->items->len > ITEMS_MOST;
            }
            continue;
        }
        for (; count && walk->left && !walk->lost; count--) {
            g_autofree char *copy = g_strdup(inner ? inner : item);

            walk->lost = !walk_item(walk, copy) || walk->decoded->items->len > ITEMS_MOST;
        }
    }
    if (walk->lost) {
        walk_rest(walk, "data");
    }
}

typedef struct Search {
    const char *protocol;
    uint32_t key;
    char *name;
    char *layout;
} Search;

static void search_one(void *opaque, const SwmeMessageLayout *row)
{
    Search *search = opaque;

    if (!search->name && row->key == search->key && g_str_equal(row->protocol, search->protocol)) {
        search->name = g_strdup(row->name);
        search->layout = g_strdup(row->layout);
    }
}

static const SwmeProtocol *find_protocol(const char *name)
{
    for (const SwmeProtocol *p = swme_protocols; p->name; p++) {
        size_t length = strlen(p->name);

        /* One client at two kinds of address: "mkhi", "mkhi-fixed". */
        if (!strncmp(name, p->name, length) && (name[length] == '\0' || name[length] == '-')) {
            return p;
        }
    }
    return NULL;
}

/* A message of that protocol; prefix is what it is called where nothing more is known. */
static void decode_message(SwmeDecoded *d, const char *name, const uint8_t *data, size_t size)
{
    const SwmeProtocol *protocol = find_protocol(name);
    bool veiled = d->flags & CAPTURE_VEILED;
    size_t clear = veiled ? MIN(size, protocol ? protocol->clear : 0u) : size;
    Walk walk = {.decoded = d, .data = data, .left = clear};
    Search search = {0};

    if (protocol && clear >= (size_t)protocol->key_offset + protocol->key_size) {
        search.protocol = protocol->name;
        search.key = (uint32_t)number_at(data + protocol->key_offset, protocol->key_size,
                                         protocol->big_endian) |
                     (d->to_host ? protocol->to_host : 0);
        swme_each_layout(search_one, &search);
        walk.big_endian = protocol->big_endian;
    }
    g_free(d->what);
    d->what = search.name ? g_strdup_printf("%s %s", name, search.name) : g_strdup(name);
    if (search.layout) {
        walk_layout(&walk, search.layout);
    }
    walk_rest(&walk, search.layout ? "more" : "data");
    if (veiled) {
        add_number(d, "bytes not shown", size - clear, NULL);
    }
    g_free(search.name);
    g_free(search.layout);
}

/* ---- records ---- */

static void decode_access(SwmeDecoded *d, bool config, const uint8_t *body)
{
    uint32_t offset = swme_get_le32(body);
    uint32_t size = swme_get_le32(body + 4);
    uint64_t value = swme_get_le64(body + 8);
    GString *bits = g_string_new(NULL);

    g_free(d->what);
    d->what = g_strdup_printf("0x%03x", offset);
    for (const SwmeRegisterName *r = swme_register_names; r->name; r++) {
        if (r->config == config && r->offset == offset) {
            g_free(d->what);
            d->what = g_strdup(r->name);
        }
    }
    for (const SwmeRegisterField *f = swme_register_fields; f->name && !config; f++) {
        uint64_t part = value >> f->shift & ((1u << f->bits) - 1);

        if (f->offset == offset && f->bits > 1) {
            g_string_append_printf(bits, "%s%s=%u", bits->len ? " " : "", f->name,
                                   (unsigned int)part);
        } else if (f->offset == offset && part) {
            g_string_append_printf(bits, "%s%s", bits->len ? " " : "", f->name);
        }
    }
    add_number(d, "offset", offset, NULL);
    add_number(d, "size", size, NULL);
    if (d->flags & CAPTURE_UNKNOWN) {
        add(d, "value", SWME_DECODED_TEXT, 0, g_strdup("not in the log"));
        g_string_free(bits, TRUE);
    } else {
        add(d, "value", SWME_DECODED_NUMBER, value, g_string_free(bits, bits->len == 0));
    }
}

static void decode_packet(SwmeDecoded *d, const uint8_t *data, size_t size)
{
    uint32_t header = swme_get_le32(data);
    size_t left = MIN(size - MEI_HEADER_SIZE, MEI_HDR_LENGTH(header));

    add_number(d, "ME address", MEI_HDR_ME_ADDR(header), NULL);
    add_number(d, "host address", MEI_HDR_HOST_ADDR(header), NULL);
    add_number(d, "length", MEI_HDR_LENGTH(header), NULL);
    add_number(d, "complete", (header & MEI_HDR_COMPLETE) != 0, NULL);
    if (header & (MEI_HDR_EXTENDED | MEI_HDR_DMA_RING | MEI_HDR_INTERNAL)) {
        add_number(d, "extended", (header & MEI_HDR_EXTENDED) != 0, NULL);
        add_number(d, "DMA ring", (header & MEI_HDR_DMA_RING) != 0, NULL);
        add_number(d, "internal", (header & MEI_HDR_INTERNAL) != 0, NULL);
    }
    if ((header & 0xffff) == MEI_HBM_ADDR && !(header & (MEI_HDR_EXTENDED | MEI_HDR_DMA_RING))) {
        decode_message(d, "hbm", data + MEI_HEADER_SIZE, left);
    } else {
        add_bytes(d, "data", data + MEI_HEADER_SIZE, left);
    }
}

static void decode_client(SwmeDecoded *d, const uint8_t *body, size_t size)
{
    size_t length = body[2];
    g_autofree char *name = NULL;

    if (size < 4 + length) {
        d->malformed = true;
        return;
    }
    name = g_strndup((const char *)body + 4, length);
    add_number(d, "ME address", body[0], NULL);
    add_number(d, "host address", body[1], NULL);
    decode_message(d, name, body + 4 + length, size - 4 - length);
}

static const char *kind_name(unsigned int kind)
{
    for (const SwmeRecordKind *k = swme_record_kinds; k->name; k++) {
        if (k->kind == kind) {
            return k->name;
        }
    }
    return NULL;
}

/* Bytes that a kind has behind its head, at least. */
static size_t least(unsigned int kind)
{
    switch (kind) {
    case CAPTURE_READ:
    case CAPTURE_WRITE:
    case CAPTURE_CONFIG_READ:
    case CAPTURE_CONFIG_WRITE:
    case CAPTURE_DMA_READ:
    case CAPTURE_DMA_WRITE:
        return 16;
    case CAPTURE_STATUS:
    case CAPTURE_LOST:
        return 8;
    case CAPTURE_IRQ:
    case CAPTURE_POWER:
    case CAPTURE_TIMER:
    case CAPTURE_PACKET:
    case CAPTURE_MESSAGE:
        return 4;
    default:
        return 0;
    }
}

static void decode_body(SwmeDecoded *d, unsigned int kind, const uint8_t *body, size_t size)
{
    switch (kind) {
    case CAPTURE_READ:
    case CAPTURE_WRITE:
        decode_access(d, false, body);
        break;
    case CAPTURE_CONFIG_READ:
    case CAPTURE_CONFIG_WRITE:
        decode_access(d, true, body);
        break;
    case CAPTURE_IRQ:
        add_number(d, "level", swme_get_le32(body), NULL);
        break;
    case CAPTURE_STATUS:
        g_free(d->what);
        d->what = g_strdup_printf("HFS%u", swme_get_le32(body));
        add_number(d, "value", swme_get_le32(body + 4), NULL);
        break;
    case CAPTURE_POWER:
        add_number(d, "state", swme_get_le32(body), number_name("power", swme_get_le32(body)));
        break;
    case CAPTURE_TIMER:
        add_number(d, "timer", swme_get_le32(body), NULL);
        break;
    case CAPTURE_DMA_READ:
    case CAPTURE_DMA_WRITE:
        add_number(d, "address", swme_get_le64(body), NULL);
        add_number(d, "size", swme_get_le32(body + 8), NULL);
        add_number(d, "done", swme_get_le32(body + 12), NULL);
        add_bytes(d, "data", body + 16, size - 16);
        break;
    case CAPTURE_PACKET:
        decode_packet(d, body, size);
        break;
    case CAPTURE_MESSAGE:
        decode_client(d, body, size);
        break;
    case CAPTURE_LOST:
        add_number(d, "records", swme_get_le64(body), NULL);
        break;
    case CAPTURE_SETUP:
    case CAPTURE_NOTE:
        add(d, "text", SWME_DECODED_TEXT, 0, g_strndup((const char *)body, size));
        break;
    default:
        break;
    }
}

void swme_decode(SwmeDecoded *d, const uint8_t *record, size_t size)
{
    unsigned int kind;

    *d = (SwmeDecoded){
        .kind = "unknown",
        .what = g_strdup(""),
        .items = g_array_new(FALSE, FALSE, sizeof(SwmeDecodedItem)),
    };
    if (size < CAPTURE_HEAD_SIZE || record[CAPTURE_OFF_VERSION] != CAPTURE_VERSION) {
        d->malformed = true;
        return;
    }
    kind = record[CAPTURE_OFF_KIND];
    d->flags = swme_get_le16(record + CAPTURE_OFF_FLAGS);
    d->to_host = d->flags & CAPTURE_TO_HOST;
    if (kind_name(kind)) {
        d->kind = kind_name(kind);
    }
    d->malformed = !kind_name(kind) || size - CAPTURE_HEAD_SIZE < least(kind);
    if (!d->malformed) {
        decode_body(d, kind, record + CAPTURE_HEAD_SIZE, size - CAPTURE_HEAD_SIZE);
    }
}

void swme_decoded_clear(SwmeDecoded *d)
{
    for (guint i = 0; i < d->items->len; i++) {
        SwmeDecodedItem *item = &g_array_index(d->items, SwmeDecodedItem, i);

        g_free(item->name);
        g_free(item->text);
    }
    g_array_unref(d->items);
    g_free(d->what);
}

/* ---- text and JSON ---- */

static const struct {
    unsigned int flag;
    const char *name;
} flag_names[] = {
    {CAPTURE_TO_HOST, "to-host"}, {CAPTURE_VEILED, "veiled"},   {CAPTURE_UNANSWERED, "unanswered"},
    {CAPTURE_OUTSIDE, "outside"}, {CAPTURE_UNKNOWN, "unknown"},
};

/* Text that others chose, fit for a line. */
static void append_printable(GString *out, const char *text)
{
    for (; *text; text++) {
        g_string_append_c(out, g_ascii_isprint(*text) ? *text : *text == '\n' ? ' ' : '?');
    }
}

char *swme_decoded_line(const SwmeDecoded *d)
{
    GString *out = g_string_new(d->kind);
    bool message = g_str_equal(d->kind, "packet") || g_str_equal(d->kind, "message");

    if (message) {
        g_string_append(out, d->to_host ? " <-" : " ->");
    }
    if (*d->what) {
        g_string_append_c(out, ' ');
        append_printable(out, d->what);
    }
    for (guint i = 0; i < d->items->len; i++) {
        const SwmeDecodedItem *item = &g_array_index(d->items, SwmeDecodedItem, i);

        g_string_append_c(out, ' ');
        append_printable(out, item->name);
        if (item->type == SWME_DECODED_NUMBER) {
            g_string_append_printf(
                out, item->number > 9 ? "=0x%" G_GINT64_MODIFIER "x" : "=%" G_GUINT64_FORMAT,
                item->number);
        }
        if (item->text) {
            g_string_append(out, item->type == SWME_DECODED_NUMBER ? " (" : "=");
            append_printable(out, item->text);
            g_string_append(out, item->type == SWME_DECODED_NUMBER ? ")" : "");
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(flag_names); i++) {
        if ((d->flags & flag_names[i].flag) && flag_names[i].flag != CAPTURE_TO_HOST) {
            g_string_append_printf(out, " [%s]", flag_names[i].name);
        }
    }
    return g_string_free(g_string_append(out, d->malformed ? " [malformed]" : ""), FALSE);
}

static void append_json_text(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            g_string_append_printf(out, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7f) {
            g_string_append_printf(out, "\\u%04x", c);
        } else {
            g_string_append_c(out, (char)c);
        }
    }
    g_string_append_c(out, '"');
}

static void append_json_item(GString *out, const SwmeDecodedItem *item)
{
    g_string_append(out, "{\"name\": ");
    append_json_text(out, item->name);
    if (item->type == SWME_DECODED_NUMBER) {
        g_string_append_printf(out, ", \"value\": %" G_GUINT64_FORMAT, item->number);
    }
    if (item->text) {
        g_string_append_printf(out,
                               ", \"%s\": ", item->type == SWME_DECODED_BYTES ? "bytes" : "text");
        append_json_text(out, item->text);
    }
    g_string_append_c(out, '}');
}

char *swme_decoded_json(const SwmeDecoded *d, uint64_t number, int64_t stamp_ns)
{
    GString *out = g_string_new(NULL);
    const char *separator = "";

    g_string_append_printf(out,
                           "{\"number\": %" G_GUINT64_FORMAT ", \"time_ns\": %" G_GINT64_FORMAT
                           ", \"kind\": \"%s\", \"what\": ",
                           number, stamp_ns, d->kind);
    append_json_text(out, d->what);
    g_string_append(out, ", \"flags\": [");
    for (size_t i = 0; i < G_N_ELEMENTS(flag_names); i++) {
        if (d->flags & flag_names[i].flag) {
            g_string_append_printf(out, "%s\"%s\"", separator, flag_names[i].name);
            separator = ", ";
        }
    }
    g_string_append_printf(out, "], \"malformed\": %s, \"items\": [",
                           d->malformed ? "true" : "false");
    for (guint i = 0; i < d->items->len; i++) {
        g_string_append(out, i ? ", " : "");
        append_json_item(out, &g_array_index(d->items, SwmeDecodedItem, i));
    }
    return g_string_free(g_string_append(out, "]}"), FALSE);
}
