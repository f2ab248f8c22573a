/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All classes. A new one is a line here and its table in a file of classes/. Where a base has
 * several classes, enumerating the base brings them in this order.
 */
#ifndef SWME_AMT_WSMAN_CLASSES_H
#define SWME_AMT_WSMAN_CLASSES_H

#include "firmware-sim/amt/wsman/class.h"

#define WSMAN_CLASSES(X)                              \
    X(AMT_GeneralSettings)                            \
    X(AMT_SetupAndConfigurationService)               \
    X(IPS_HostBasedSetupService)                      \
    X(CIM_SoftwareIdentity)                           \
    X(CIM_ComputerSystem)                             \
    X(CIM_ServiceAvailableToElement)                  \
    X(CIM_AssociatedPowerManagementService)           \
    X(CIM_PowerManagementService)                     \
    X(CIM_PowerManagementCapabilities)                \
    X(IPS_PowerManagementService)                     \
    X(AMT_SystemPowerScheme)                          \
    X(AMT_BootCapabilities)                           \
    X(AMT_BootSettingData)                            \
    X(CIM_BootService)                                \
    X(CIM_BootConfigSetting)                          \
    X(CIM_BootSourceSetting)                          \
    X(AMT_RedirectionService)                         \
    X(CIM_KVMRedirectionSAP)                          \
    X(IPS_KVMRedirectionSettingData)                  \
    X(IPS_OptInService)                               \
    X(IPS_ScreenConfigurationService)                 \
    X(AMT_EthernetPortSettings)                       \
    X(CIM_EthernetPort)                               \
    X(IPS_IPv6PortSettings)                           \
    X(CIM_ElementSettingData)                         \
    X(AMT_8021XProfile)                               \
    X(AMT_TimeSynchronizationService)                 \
    X(AMT_AlarmClockService)                          \
    X(IPS_AlarmClockOccurrence)                       \
    X(AMT_AuthorizationService)                       \
    X(AMT_PublicKeyCertificate)                       \
    X(AMT_PublicPrivateKeyPair)                       \
    X(AMT_PublicKeyManagementService)                 \
    X(AMT_CRL)                                        \
    X(AMT_TLSSettingData)                             \
    X(AMT_TLSProtocolEndpointCollection)              \
    X(AMT_TLSCredentialContext)                       \
    X(AMT_ProvisioningCertificateHash)                \
    X(AMT_MessageLog)                                 \
    X(AMT_EventLogEntry)                              \
    X(AMT_EventManagerService)                        \
    X(AMT_PETFilterSetting)                           \
    X(AMT_SNMPEventSubscriber)                        \
    X(AMT_PETFilterForTarget)                         \
    X(AMT_TrapTargetForService)                       \
    X(CIM_FilterCollection)                           \
    X(CIM_ListenerDestinationWSManagement)            \
    X(CIM_FilterCollectionSubscription)               \
    X(AMT_AuditLog)                                   \
    X(AMT_AuditPolicyRule)                            \
    X(AMT_EnvironmentDetectionSettingData)            \
    X(AMT_UserInitiatedConnectionService)             \
    X(AMT_WebUIService)                               \
    X(CIM_ComputerSystemPackage)                      \
    X(CIM_SystemPackaging)                            \
    X(CIM_Card)                                       \
    X(CIM_PhysicalPackage)                            \
    X(CIM_Chassis)                                    \
    X(CIM_BIOSElement)                                \
    X(CIM_Processor)                                  \
    X(CIM_Chip)                                       \
    X(CIM_PhysicalMemory)                             \
    X(CIM_MediaAccessDevice)                          \
    X(AMT_ThirdPartyDataStorageService)               \
    X(AMT_ThirdPartyDataStorageAdministrationService) \
    X(AMT_AgentPresenceService)                       \
    X(AMT_AgentPresenceCapabilities)                  \
    X(AMT_AgentPresenceWatchdog)                      \
    X(AMT_AgentPresenceWatchdogAction)                \
    X(AMT_StateTransitionCondition)                   \
    X(CIM_ConcreteDependency)                         \
    X(AMT_SystemDefenseService)                       \
    X(AMT_GeneralSystemDefenseCapabilities)           \
    X(AMT_NetworkPortSystemDefenseCapabilities)       \
    X(AMT_IPHeadersFilter)                            \
    X(AMT_Hdr8021Filter)                              \
    X(AMT_NetworkFilter)                              \
    X(AMT_SystemDefensePolicy)                        \
    X(AMT_SystemDefensePolicyInService)               \
    X(AMT_FilterInSystemDefensePolicy)                \
    X(AMT_NetworkPortSystemDefensePolicy)             \
    X(AMT_NetworkPortDefaultSystemDefensePolicy)      \
    X(AMT_AgentPresenceInterfacePolicy)               \
    X(AMT_ActiveFilterStatistics)                     \
    X(IPS_WatchDogAction)                             \
    X(CIM_CredentialContext)                          \
    X(AMT_RemoteAccessService)                        \
    X(AMT_RemoteAccessCapabilities)                   \
    X(AMT_ManagementPresenceRemoteSAP)                \
    X(AMT_RemoteAccessPolicyRule)                     \
    X(AMT_RemoteAccessPolicyAppliesToMPS)             \
    X(AMT_RemoteAccessCredentialContext)              \
    X(AMT_MPSUsernamePassword)                        \
    X(IPS_HTTPProxyService)                           \
    X(IPS_HTTPProxyAccessPoint)                       \
    X(AMT_WiFiPortConfigurationService)               \
    X(CIM_WiFiPort)                                   \
    X(CIM_WiFiEndpoint)                               \
    X(CIM_WiFiEndpointSettings)                       \
    X(CIM_IEEE8021xSettings)                          \
    X(IPS_IEEE8021xSettings)                          \
    X(IPS_8021xCredentialContext)                     \
    X(AMT_8021xCredentialContext)                     \
    X(AMT_KerberosSettingData)                        \
    X(IPS_ProvisioningRecordLog)                      \
    X(IPS_ProvisioningAuditRecord)                    \
    X(AMT_AssetTable)                                 \
    X(AMT_AssetTableService)                          \
    X(CIM_Battery)                                    \
    X(IPS_ScreenSettingData)                          \
    X(IPS_SecIOService)                               \
    X(CIM_RegisteredProfile)                          \
    X(CIM_ElementConformsToProfile)

#define WSMAN_DECLARE(name) extern const WsmanClass wsman_##name;
WSMAN_CLASSES(WSMAN_DECLARE)
#undef WSMAN_DECLARE

#endif
