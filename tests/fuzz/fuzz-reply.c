/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target "reply": what a listener of events answers. However it comes in pieces, it is told
 * apart the same; what AMT says to a challenge is one line, without the password.
 */
#include <string.h>

#include "firmware-sim/amt/amt-listeners.h"
#include "firmware-sim/amt/http/reply.h"
#include "tests/fuzz/fuzz.h"

#define PASSWORD "Pa55-of-nobody"

static void look_at_challenge(const char *challenge)
{
    const HttpCredentials credentials = {"bob\"\\", PASSWORD, "POST", "/x", "c"};
    g_autofree char *value = http_reply_authorize(challenge, &credentials);

    if (value) {
        FUZZ_MUST(g_str_has_prefix(value, "Digest ") && !strpbrk(value, "\r\n"), "%s", value);
        FUZZ_MUST(!strstr(value, PASSWORD) || strstr(challenge, PASSWORD), "%s", value);
    }
}

static void look_at_url(const char *data, size_t size)
{
    g_autofree char *text = g_strndup(data, size);
    AmtUrl url;

    if (amt_url_parse(text, &url)) {
        FUZZ_MUST(*url.host && !strpbrk(url.host, "\r\n /[]@"), "%s", url.host);
        FUZZ_MUST(*url.path && !strpbrk(url.path, "\r\n \"\\"), "%s", url.path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, MIN(size, FUZZ_INPUT_MAX)};
    size_t cut = fuzz_u16(&input);
    const char *text = (const char *)input.data;
    HttpReply whole, part;
    HttpReplyState state = http_reply_parse(text, input.left, &whole);

    FUZZ_MUST(state == HTTP_REPLY_HEAD || (!whole.status && !whole.challenge), "half a reply");
    FUZZ_MUST(state != HTTP_REPLY_HEAD || (whole.status >= 200 && whole.status <= 999), "%u",
              whole.status);
    if (cut < input.left) {
        HttpReplyState before = http_reply_parse(text, cut, &part);

        FUZZ_MUST(before != HTTP_REPLY_BAD || state == HTTP_REPLY_BAD, "bad, then good");
        FUZZ_MUST(before != HTTP_REPLY_HEAD ||
                      (state == HTTP_REPLY_HEAD && part.status == whole.status &&
                       g_strcmp0(part.challenge, whole.challenge) == 0),
                  "another head");
        http_reply_clear(&part);
    }
    if (whole.challenge) {
        look_at_challenge(whole.challenge);
    }
    look_at_url(text, input.left);
    http_reply_clear(&whole);
    return 0;
}
