/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Port forwards: what the host is asked to listen on for AMT. */
#include "firmware-sim/net/apf-internal.h"

/* The order that clients were written against; others follow as they came. */
static const uint16_t usual_order[] = {16992, 16993, 664, 623, 16994, 16995, 5900};
static const uint16_t tls_ports[] = {16993, 16995, 664};

static ApfForward *find(const Apf *apf, uint16_t port)
{
    for (guint i = 0; i < apf->forwards->len; i++) {
        ApfForward *forward = &g_array_index(apf->forwards, ApfForward, i);

        if (forward->port == port) {
            return forward;
        }
    }
    return NULL;
}

static bool has(const uint16_t *ports, size_t count, uint16_t port)
{
    for (size_t i = 0; i < count; i++) {
        if (ports[i] == port) {
            return true;
        }
    }
    return false;
}

static bool may_forward(const Apf *apf, uint16_t port)
{
    return !apf->tls_only || has(tls_ports, G_N_ELEMENTS(tls_ports), port);
}

static void add(Apf *apf, uint16_t port)
{
    const ApfForward forward = {port, APF_FORWARD_WANTED};

    if (may_forward(apf, port)) {
        g_array_append_val(apf->forwards, forward);
    }
}

void apf_forward_init(Apf *apf)
{
    uint16_t ports[SWME_SERVICES_MAX];
    unsigned int count = apf->services ? swme_services_ports(apf->services, ports) : 0;

    apf->forwards = g_array_new(FALSE, FALSE, sizeof(ApfForward));
    for (size_t i = 0; i < G_N_ELEMENTS(usual_order); i++) {
        if (has(ports, count, usual_order[i])) {
            add(apf, usual_order[i]);
        }
    }
    for (unsigned int i = 0; i < count; i++) {
        if (!has(usual_order, G_N_ELEMENTS(usual_order), ports[i])) {
            add(apf, ports[i]);
        }
    }
}

static void forget(Apf *apf, const ApfForward *forward)
{
    g_array_remove_index(apf->forwards,
                         (guint)(forward - (ApfForward *)(void *)apf->forwards->data));
}

void apf_forward_changed(Apf *apf, uint16_t port, bool there)
{
    ApfForward *forward = find(apf, port);

    if (there && !forward) {
        add(apf, port);
    } else if (there) {
        /* It was to be cancelled; if that has been asked for, it is asked for anew afterwards. */
        forward->state =
            apf->asked == port && apf->asked_to_cancel ? APF_FORWARD_WANTED : APF_FORWARD_ACCEPTED;
    } else if (forward && (forward->state == APF_FORWARD_ACCEPTED || apf->asked == port)) {
        forward->state = APF_FORWARD_UNWANTED;
    } else if (forward) {
        forget(apf, forward);
    }
    apf_forward_next(apf);
}

static void ask(Apf *apf, const ApfForward *forward)
{
    static const uint8_t type = APF_GLOBAL_REQUEST, reply = 1;
    bool cancel = forward->state == APF_FORWARD_UNWANTED;
    GByteArray *message = g_byte_array_append(g_byte_array_new(), &type, 1);

    apf_put_text(message, cancel ? APF_GLOBAL_CANCEL : APF_GLOBAL_FORWARD);
    g_byte_array_append(message, &reply, 1);
    apf_put_text(message, apf->address);
    apf_put_u32(message, forward->port);
    apf_send_array(apf, message);
    apf->asked = forward->port;
    apf->asked_to_cancel = cancel;
}

/* One at a time: answers do not say what they answer. */
void apf_forward_next(Apf *apf)
{
    if (apf->phase != APF_FORWARDING || apf->asked) {
        return;
    }
    for (guint i = 0; i < apf->forwards->len; i++) {
        const ApfForward *forward = &g_array_index(apf->forwards, ApfForward, i);

        if (forward->state == APF_FORWARD_WANTED || forward->state == APF_FORWARD_UNWANTED) {
            ask(apf, forward);
            return;
        }
    }
}

/* The port that was asked for may have gone, or come back, while the host thought about it. */
void apf_forward_answer(Apf *apf, bool success)
{
    ApfForward *forward = apf->asked ? find(apf, apf->asked) : NULL;
    bool cancelled = apf->asked_to_cancel;

    if (!apf->asked) {
        apf_ignore(apf, "APF: an answer to no request"); /* MeshAgent's, to a datagram */
        return;
    }
    apf->asked = 0;
    if (cancelled) {
        if (forward && forward->state == APF_FORWARD_UNWANTED) {
            forget(apf, forward);
        }
    } else if (forward && forward->state == APF_FORWARD_WANTED) {
        forward->state = success ? APF_FORWARD_ACCEPTED : APF_FORWARD_REFUSED;
    } else if (forward && !success) {
        forget(apf, forward);
    }
    if (!success) {
        apf_note(apf, "APF: the host refuses a forward");
    }
    apf_forward_next(apf);
}

bool apf_forward_serves(const Apf *apf, uint32_t port)
{
    return apf->phase == APF_FORWARDING && apf->services && port <= UINT16_MAX &&
           may_forward(apf, (uint16_t)port) && swme_services_serves(apf->services, (uint16_t)port);
}

bool apf_is_forwarded(const Apf *apf, uint16_t port)
{
    const ApfForward *forward = find(apf, port);

    return forward && forward->state == APF_FORWARD_ACCEPTED;
}
