/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who hears of what over HTTP; eventing.c has Subscribe and Unsubscribe. AMT SDK, class reference.
 */
#include "firmware-sim/amt/amt-listeners.h"
#include "firmware-sim/amt/wsman/classes.h"

#define SYSTEM      "Intel(r) AMT"
#define REALMS      (WSMAN_REALM_EVENT_MANAGER | WSMAN_REALM_USER_NOTIFICATION)
#define SINCE_MAJOR 3 /* AMT SDK, class reference: compatible from 3.2 on */
#define SINCE_MINOR 2

/* ---- what one can subscribe to ---- */

static void collection_id(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    (void)call;
    wsman_out_text(out, amt_collections[slot].id);
}

static const WsmanProperty collection[] = {
    WSMAN_GET("CollectionName", WSMAN_TEXT, 0, collection_id),
    WSMAN_GET("ElementName", WSMAN_TEXT, 0, collection_id),
    WSMAN_GET("InstanceID", WSMAN_TEXT, WSMAN_KEY, collection_id),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_FilterCollection = {
    .name = "CIM_FilterCollection",
    .base = "CIM_Collection",
    .since_major = SINCE_MAJOR,
    .since_minor = SINCE_MINOR,
    .read = REALMS,
    .write = REALMS,
    .slots = AMT_COLLECTIONS,
    .properties = collection,
};

/* ---- who did ---- */

static const AmtListener *listener_at(const WsmanCall *call, unsigned int slot)
{
    return &wsman_data(call)->eventing.listener[slot];
}

static bool is_here(const WsmanCall *call, unsigned int slot)
{
    return listener_at(call, slot)->handle != 0;
}

static void listener_name(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    g_autofree char *name =
        g_strdup_printf("Intel(r) AMT:Listener %u", listener_at(call, slot)->handle);

    wsman_out_text(out, name);
}

static void delivery_mode(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_number(out, listener_at(call, slot)->acknowledges ? 3 : 2);
}

/* A user name shows that AMT logs in, the password is shown to nobody. */
static void delivery_auth(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    if (*listener_at(call, slot)->user) {
        wsman_out_text(out, "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/digest");
    }
}

static const WsmanProperty destination[] = {
    WSMAN_KEY_IS("CreationClassName", "CIM_ListenerDestinationWSManagement"),
    WSMAN_GET("DeliveryAuth", WSMAN_TEXT, 0, delivery_auth),
    WSMAN_GET("DeliveryMode", WSMAN_U16, 0, delivery_mode),
    WSMAN_EACH("Destination", WSMAN_TEXT, 0, eventing.listener, url),
    WSMAN_TEXT_IS("ElementName", "Intel(r) AMT Listener Destination"),
    WSMAN_GET("Name", WSMAN_TEXT, WSMAN_KEY, listener_name),
    WSMAN_NUMBER_IS("PersistenceType", WSMAN_U16, 2), /* permanent */
    WSMAN_NUMBER_IS("Protocol", WSMAN_U16, 4),        /* WS-Management */
    WSMAN_KEY_IS("SystemCreationClassName", "CIM_ComputerSystem"),
    WSMAN_KEY_IS("SystemName", SYSTEM),
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_ListenerDestinationWSManagement = {
    .name = "CIM_ListenerDestinationWSManagement",
    .base = "CIM_ListenerDestination",
    .since_major = SINCE_MAJOR,
    .since_minor = SINCE_MINOR,
    .read = REALMS,
    .slots = AMT_LISTENERS,
    .present = is_here,
    .properties = destination,
};

/* ---- to what ---- */

static void filter(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_CIM_FilterCollection,
                        listener_at(call, slot)->collection);
}

static void handler(const WsmanCall *call, unsigned int slot, WsmanOut *out)
{
    wsman_out_reference(out, call, &wsman_CIM_ListenerDestinationWSManagement, slot);
}

static const WsmanProperty subscription[] = {
    WSMAN_GET("Filter", WSMAN_REFERENCE, WSMAN_KEY, filter),
    WSMAN_GET("Handler", WSMAN_REFERENCE, WSMAN_KEY, handler),
    WSMAN_NUMBER_IS("OnFatalErrorPolicy", WSMAN_U16, 2),       /* ignore */
    WSMAN_NUMBER_IS("RepeatNotificationPolicy", WSMAN_U16, 2), /* none */
    WSMAN_NUMBER_IS("SubscriptionState", WSMAN_U16, 2),        /* enabled */
    WSMAN_PROPERTIES_END,
};

const WsmanClass wsman_CIM_FilterCollectionSubscription = {
    .name = "CIM_FilterCollectionSubscription",
    .base = "CIM_AbstractIndicationSubscription",
    .since_major = SINCE_MAJOR,
    .since_minor = SINCE_MINOR,
    .read = REALMS,
    .write = REALMS,
    .slots = AMT_LISTENERS,
    .present = is_here,
    .properties = subscription,
};
