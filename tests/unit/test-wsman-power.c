/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power and boot from afar, on a machine that notes what is done to it. */
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/wsman-fixture.h"

#define ON (1u << SWME_POWER_RESET | 1u << SWME_POWER_CYCLE | 1u << SWME_POWER_OFF)

static int request(Desk *desk, const char *state)
{
    g_autofree char *system = desk_reference("CIM_ComputerSystem", "Name", "ManagedSystem");
    g_autofree char *parameters = g_strdup_printf(
        "<r:PowerState>%s</r:PowerState><r:ManagedElement>%s</r:ManagedElement>", state, system);

    return desk_call(desk, "CIM_PowerManagementService", "RequestPowerStateChange", NULL,
                     parameters);
}

static void expect_act(Desk *desk, const char *state, SwmePowerAction action)
{
    unsigned int before = desk->acted;

    MUST_EQ(request(desk, state), 0);
    MUST_EQ(desk->acted, before + 1);
    MUST_EQ(desk->last, action);
}

START_TEST(each_request_is_its_action)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    desk->actions = ON | 1u << SWME_POWER_SOFT_OFF | 1u << SWME_POWER_NMI;
    expect_act(desk, "10", SWME_POWER_RESET);
    expect_act(desk, "5", SWME_POWER_CYCLE);
    expect_act(desk, "9", SWME_POWER_CYCLE);
    expect_act(desk, "8", SWME_POWER_OFF);
    expect_act(desk, "6", SWME_POWER_OFF);
    expect_act(desk, "12", SWME_POWER_SOFT_OFF);
    expect_act(desk, "11", SWME_POWER_NMI);
    MUST_EQ(request(desk, "2"), 0); /* it is on: nothing is done */
    MUST_EQ(desk->acted, 7);
    MUST_EQ(request(desk, "4"), 1); /* an agent's in the host */
    MUST_EQ(request(desk, "14"), 1);
    MUST_EQ(request(desk, "0"), 5);
    MUST_EQ(request(desk, "17"), 5);
    MUST_EQ(request(desk, "on"), 5);
    desk->actions = ON;
    MUST_EQ(request(desk, "11"), 1);
    MUST_EQ(desk->acted, 7);
    desk->power = SWME_HOST_S5;
    desk->actions = 1u << SWME_POWER_ON;
    MUST_EQ(request(desk, "10"), 2);
    MUST_EQ(request(desk, "8"), 2);
    expect_act(desk, "2", SWME_POWER_ON);
    MUST_EQ(amt_state_data(desk->amt)->power.remote_s, 1600000000);
}
END_TEST

START_TEST(only_the_managed_system_is_switched)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autofree char *me = desk_reference("CIM_ComputerSystem", "Name", "Intel(r) AMT");
    g_autofree char *parameters = g_strdup_printf(
        "<r:PowerState>10</r:PowerState><r:ManagedElement>%s</r:ManagedElement>", me);

    desk->actions = ON;
    MUST_EQ(
        desk_call(desk, "CIM_PowerManagementService", "RequestPowerStateChange", NULL, parameters),
        5);
    MUST_EQ(desk->acted, 0);
    MUST_EQ(desk_call(desk, "CIM_PowerManagementService", "RequestPowerStateChange", NULL, ""), 5);
}
END_TEST

START_TEST(the_state_is_the_first_item)
{
    static const struct {
        SwmeHostPower power;
        unsigned int actions;
        const char *state;
        const char *available;
    } rows[] = {
        {SWME_HOST_S0, ON, "2",
         "<h:AvailableRequestedPowerStates>10</h:AvailableRequestedPowerStates>"
         "<h:AvailableRequestedPowerStates>8</h:AvailableRequestedPowerStates>"
         "<h:AvailableRequestedPowerStates>5</h:AvailableRequestedPowerStates><h:PowerState>"},
        {SWME_HOST_S3, 1u << SWME_POWER_ON, "4",
         "<h:AvailableRequestedPowerStates>2</h:AvailableRequestedPowerStates><h:PowerState>"},
        {SWME_HOST_S5, 1u << SWME_POWER_ON, "8",
         "<h:AvailableRequestedPowerStates>2</h:AvailableRequestedPowerStates><h:PowerState>"},
    };
    g_autoptr(Desk) desk = desk_new(NULL, true);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        desk->power = rows[i].power;
        desk->actions = rows[i].actions;
        desk_list(desk, "CIM_ServiceAvailableToElement", NULL);
        MUST(strstr(desk->body, "<g:Items><h:CIM_AssociatedPowerManagementService>"));
        desk_expect(desk, "PowerState", rows[i].state);
        MUST_MSG(strstr(desk->body, rows[i].available) != NULL, "%s", desk->body);
    }
}
END_TEST

/* Without a machine there is still something for a console to switch. */
START_TEST(no_machine_has_a_state_too)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);

    MUST_EQ(request(desk, "8"), 0);
    desk_list(desk, "CIM_ServiceAvailableToElement", NULL);
    desk_expect(desk, "PowerState", "8");
    MUST_EQ(request(desk, "8"), 2);
    MUST_EQ(request(desk, "2"), 0);
    desk_list(desk, "CIM_ServiceAvailableToElement", NULL);
    desk_expect(desk, "PowerState", "2");
    MUST_EQ(amt_log_count(desk->amt), 2);
}
END_TEST

/* ---- boot ---- */

static int set_role(Desk *desk, const char *role)
{
    g_autofree char *config =
        desk_reference("CIM_BootConfigSetting", "InstanceID", "Intel(r) AMT: Boot Configuration 0");
    g_autofree char *parameters = g_strdup_printf(
        "<r:BootConfigSetting>%s</r:BootConfigSetting><r:Role>%s</r:Role>", config, role);

    return desk_call(desk, "CIM_BootService", "SetBootConfigRole", NULL, parameters);
}

static int set_source(Desk *desk, const char *id)
{
    g_autofree char *source = desk_reference("CIM_BootSourceSetting", "InstanceID", id);
    g_autofree char *parameters = g_strdup_printf("<r:Source>%s</r:Source>", source);

    return desk_call(desk, "CIM_BootConfigSetting", "ChangeBootOrder", NULL, parameters);
}

START_TEST(boot_settings_hold_once)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const AmtBoot *boot = &amt_state_data(desk->amt)->boot;

    desk->actions = ON;
    desk_put(desk, "AMT_BootSettingData", NULL,
             "<r:BIOSSetup>true</r:BIOSSetup><r:FirmwareVerbosity>2</r:FirmwareVerbosity>"
             "<r:UefiBootParametersArray>AQID</r:UefiBootParametersArray>");
    MUST_EQ(desk->status, 200);
    desk_expect(desk, "UefiBootParametersArray", "AQID");
    MUST_EQ(set_role(desk, "1"), 0);
    MUST_EQ(set_source(desk, "Intel(r) AMT: Force PXE Boot"), 0);
    MUST(boot->setup && boot->role && boot->source == AMT_BOOT_SOURCE_PXE);
    MUST_EQ(set_source(desk, "Intel(r) AMT: Force Tape Boot"), 4);
    MUST_EQ(set_role(desk, "7"), 5);
    desk_put(desk, "AMT_BootSettingData", NULL, "<r:UseIDER>true</r:UseIDER>");
    desk_expect_fault(desk, "d:InvalidRepresentation"); /* two sources */
    MUST_EQ(request(desk, "10"), 0);
    MUST(boot->setup); /* until it starts */
    amt_event_raise_kind(desk->amt, AMT_EVENT_RESET);
    MUST(!boot->setup && !boot->role && boot->source == AMT_BOOT_SOURCE_NONE && boot->cleared);
    MUST(amt_state_data(desk->amt)->power.reset_remote);
    desk_get(desk, "AMT_BootSettingData", NULL);
    desk_expect(desk, "OptionsCleared", "true");
    desk_expect(desk, "UefiBootParametersArray", NULL);
    amt_event_raise_kind(desk->amt, AMT_EVENT_RESET); /* the user's own */
    MUST(!amt_state_data(desk->amt)->power.reset_remote);
}
END_TEST

START_TEST(an_order_can_be_cleared)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    MUST_EQ(set_source(desk, "Intel(r) AMT: Force CD/DVD Boot"), 0);
    MUST_EQ(desk_call(desk, "CIM_BootConfigSetting", "ChangeBootOrder", NULL, ""), 0);
    MUST_EQ(amt_state_data(desk->amt)->boot.source, AMT_BOOT_SOURCE_NONE);
    MUST_EQ(set_source(desk, "Intel(r) AMT: Force CD/DVD Boot"), 0);
    MUST_EQ(
        desk_call(desk, "CIM_BootConfigSetting", "ChangeBootOrder", NULL, "<r:Source></r:Source>"),
        0);
    MUST_EQ(amt_state_data(desk->amt)->boot.source, AMT_BOOT_SOURCE_NONE);
}
END_TEST

/* ---- consent ---- */

START_TEST(client_mode_asks_the_user)
{
    static const uint8_t digest[AMT_DIGEST_SIZE] = {1};
    g_autoptr(Desk) desk = desk_new(NULL, true);
    const AmtLive *live = &amt_state_data(desk->amt)->live;
    g_autofree char *right = NULL;

    MUST_EQ(amt_set_up_client(desk->amt, digest), AMT_SETUP_OK);
    desk_put(desk, "AMT_BootSettingData", NULL, "<r:BIOSPause>true</r:BIOSPause>");
    MUST_EQ(desk->status, 200); /* what nobody sees from afar needs no consent */
    desk_put(desk, "AMT_BootSettingData", NULL, "<r:BIOSSetup>true</r:BIOSSetup>");
    desk_expect_fault(desk, "e:AccessDenied");
    desk_put(desk, "IPS_OptInService", NULL, "<r:OptInRequired>0</r:OptInRequired>");
    desk_expect_fault(desk, "e:AccessDenied");
    MUST_EQ(desk_call(desk, "IPS_OptInService", "CancelOptIn", NULL, ""), 2);
    MUST_EQ(
        desk_call(desk, "IPS_OptInService", "SendOptInCode", NULL, "<r:OptInCode>1</r:OptInCode>"),
        2);
    MUST_EQ(desk_call(desk, "IPS_OptInService", "StartOptIn", NULL, ""), 0);
    MUST_EQ(desk_call(desk, "IPS_OptInService", "StartOptIn", NULL, ""), 2);
    for (unsigned int i = 0; i < 3; i++) {
        g_autofree char *wrong =
            g_strdup_printf("<r:OptInCode>%u</r:OptInCode>", (live->consent_code + 1) % 1000000);

        MUST_EQ(live->consent, 2);
        MUST_EQ(desk_call(desk, "IPS_OptInService", "SendOptInCode", NULL, wrong), 2066);
    }
    MUST_EQ(live->consent, 0); /* three are enough */
    MUST_EQ(desk_call(desk, "IPS_OptInService", "StartOptIn", NULL, ""), 0);
    right = g_strdup_printf("<r:OptInCode>%u</r:OptInCode>", live->consent_code);
    MUST_EQ(desk_call(desk, "IPS_OptInService", "SendOptInCode", NULL, right), 0);
    desk_get(desk, "IPS_OptInService", NULL);
    desk_expect(desk, "OptInState", "3");
    desk_put(desk, "AMT_BootSettingData", NULL, "<r:BIOSSetup>true</r:BIOSSetup>");
    MUST_EQ(desk->status, 200);
    swme_manual_clock_advance(desk->clock, 301 * SWME_NS_PER_S);
    desk_get(desk, "IPS_OptInService", NULL);
    desk_expect(desk, "OptInState", "0");
}
END_TEST

START_TEST(redirection_is_switched)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);

    MUST_EQ(desk_call(desk, "AMT_RedirectionService", "RequestStateChange", NULL,
                      "<r:RequestedState>32771</r:RequestedState>"),
            0);
    desk_put(desk, "AMT_RedirectionService", NULL,
             "<r:EnabledState>32771</r:EnabledState><r:ListenerEnabled>true</r:ListenerEnabled>");
    MUST_EQ(desk->status, 200);
    desk_expect(desk, "EnabledState", "32771");
    MUST(amt_state_data(desk->amt)->redirection.listener);
    MUST_EQ(desk_call(desk, "AMT_RedirectionService", "RequestStateChange", NULL,
                      "<r:RequestedState>2</r:RequestedState>"),
            5);
    MUST_EQ(desk_call(desk, "CIM_KVMRedirectionSAP", "RequestStateChange", NULL,
                      "<r:RequestedState>2</r:RequestedState>"),
            0);
    desk_get(desk, "CIM_KVMRedirectionSAP", NULL);
    desk_expect(desk, "EnabledState", "6");
    desk_put(desk, "IPS_KVMRedirectionSettingData", NULL, "<r:RFBPassword>weak</r:RFBPassword>");
    desk_expect_fault(desk, "d:InvalidRepresentation");
    desk_put(desk, "IPS_KVMRedirectionSettingData", NULL,
             "<r:RFBPassword>P@ssw0rd</r:RFBPassword>");
    MUST_EQ(desk->status, 200);
    MUST(!strstr(desk->body, "P@ssw0rd"));
    ck_assert_str_eq(amt_state_data(desk->amt)->redirection.rfb_password, "P@ssw0rd");
}
END_TEST

/* Newest first. */
static void expect_log(Desk *desk, unsigned int count, const AmtEventKind *kinds)
{
    AmtEvent event;

    MUST_EQ(amt_log_count(desk->amt), count);
    for (unsigned int i = 0; i < count; i++) {
        MUST(amt_log_get(desk->amt, i + 1, &event));
        MUST_MSG(amt_event_is(&event, kinds[i]), "record %u is no %s", i + 1,
                 amt_event_name(kinds[i]));
    }
    MUST(amt_log_clear(desk->amt));
}

#define EXPECT_LOG(desk, ...)                                                           \
    do {                                                                                \
        static const AmtEventKind expected_kinds[] = {__VA_ARGS__};                     \
        expect_log((desk), (unsigned int)G_N_ELEMENTS(expected_kinds), expected_kinds); \
    } while (0)

START_TEST(what_was_done_is_in_the_log)
{
    g_autoptr(Desk) desk = desk_new(NULL, false);

    amt_log_clear(desk->amt);
    MUST_EQ(request(desk, "10"), 0);
    EXPECT_LOG(desk, AMT_EVENT_RESET);
    MUST_EQ(request(desk, "5"), 0);
    EXPECT_LOG(desk, AMT_EVENT_POWERED_ON, AMT_EVENT_POWERED_OFF);
    MUST_EQ(request(desk, "8"), 0);
    EXPECT_LOG(desk, AMT_EVENT_POWERED_OFF);
    MUST_EQ(request(desk, "2"), 0);
    EXPECT_LOG(desk, AMT_EVENT_POWERED_ON);
    MUST_EQ(request(desk, "2"), 0); /* on already */
    MUST_EQ(amt_log_count(desk->amt), 0);
}
END_TEST

START_TEST(whose_start_it_is_travels_with_the_state)
{
    g_autoptr(Desk) desk = desk_new(NULL, true);
    g_autoptr(Desk) other = desk_new(NULL, true);
    g_autoptr(GVariant) saved = NULL;
    g_autoptr(AmtData) data = g_new0(AmtData, 1);
    const char *why = NULL;

    desk->actions = ON;
    MUST_EQ(request(desk, "10"), 0);
    saved = g_variant_ref_sink(amt_data_save(amt_state_data(desk->amt), true));
    MUST_MSG(amt_data_load(data, saved, true, false, &why), "%s", why);
    amt_state_replace(other->amt, data);
    amt_state_boot(other->amt);
    amt_event_raise_kind(other->amt, AMT_EVENT_RESET);
    MUST(amt_state_data(other->amt)->power.reset_remote);
    amt_event_raise_kind(other->amt, AMT_EVENT_RESET);
    MUST(!amt_state_data(other->amt)->power.reset_remote);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wsman-power");
    TCase *power = unit_case(suite, "power");

    tcase_add_test(power, each_request_is_its_action);
    tcase_add_test(power, only_the_managed_system_is_switched);
    tcase_add_test(power, the_state_is_the_first_item);
    tcase_add_test(power, no_machine_has_a_state_too);
    tcase_add_test(power, what_was_done_is_in_the_log);
    tcase_add_test(power, whose_start_it_is_travels_with_the_state);
    tcase_add_test(power, boot_settings_hold_once);
    tcase_add_test(power, an_order_can_be_cleared);
    tcase_add_test(power, client_mode_asks_the_user);
    tcase_add_test(power, redirection_is_switched);
    return unit_run(suite);
}
