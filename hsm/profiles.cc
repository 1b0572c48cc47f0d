#include "hsm/profiles.h"

#include <array>

#include "hsm/cryptoki.h"

namespace custos::hsm {
namespace {

using std::chrono::seconds;

// A network device, or one of which nobody knows: a call may hang (devices.md 1.13).
constexpr Deadlines kMayHang = Deadlines::threaded;

// SoftHSM2: GENERIC_SECRET keys of at least the digest's length, more than 20,000 sessions, threads on own sessions
// (devices.md 2); an in-process module, whose C_Sign takes 2.8 KiB of stack at most (seen, SHA-512 on AVX2). Session copies halve
// the cost of arming (devices.md 1.2); C_CopyObject refuses keys that are not modifiable (CKR_ATTRIBUTE_READ_ONLY, seen with
// 2.6.1). 1,024 sessions arm 60 keys sixteen deep.
constexpr Profile kSoftHsm2{.name = "softhsm2",
                            .arming = Arming::copies,
                            .sessions = 1024,
                            .threads_at_once = 1024,
                            .keys_in_process = true,
                            .copies_want_modifiable = true,
                            .shallow_sign = true,
                            .remedy_gone = "put back the folder that SOFTHSM2_CONF names, and see that it can be read"};

// NSS's softoken (C_Sign: 1.2 KiB of stack, seen): any HMAC key as GENERIC_SECRET, more than 20,000 sessions, threads on own
// sessions (devices.md 2); an in-process module. A session copy arms 200 times cheaper than the token's key, which is decrypted
// with its own KDF each time (1.2, 3). It wraps keys marked non-extractable (1.18) and refuses private data objects
// (CKR_ATTRIBUTE_VALUE_INVALID, seen). All copies of the library share one libfreeblpriv3.so, whose random generator each
// C_Finalize ends for the others, the host's own NSS too: they then make no keys and write no objects (seen, 3.87). It knows no
// secp256k1 (2; C_CreateObject and C_GenerateKeyPair answer CKR_DOMAIN_PARAMS_INVALID, seen).
constexpr Profile kNss{.name = "nss",
                       .arming = Arming::copies,
                       .sessions = 1024,
                       .threads_at_once = 1024,
                       .keys_in_process = true,
                       .keeps_unextractable = false,
                       .data_objects = false,
                       .shallow_sign = true,
                       .finalize = false,
                       .secp256k1 = false,
                       .remedy_gone = "put back the database that init_reserved names, and see that it can be read"};

// YubiHSM 2 (all read): HMAC keys as SHAxxx_HMAC only, wrong MACs by GENERIC_SECRET of 48 or 64 bytes, Ed25519 by the curve's
// name (devices.md 2); 16 sessions, of which all PKCS#11 sessions of a slot share one (1.10, 2), so that one thread works at a
// time and nothing is armed; no data objects. Its backup of an Ed25519 key holds the expanded key, from which no other device can
// make the key. Sessions idle out after 30 s, and only C_Finalize helps then. The PIN's form, messages of about 3,100 bytes, the
// audit log that fills up (all 5).
constexpr Profile kYubiHsm2{.name = "yubihsm2",
                            .hmac_import = HmacKeyType::sha_hmac,
                            .arming = Arming::off,
                            .sessions = 15,
                            .threads_at_once = 1,
                            .data_objects = false,
                            .edwards_by_name = true,
                            .restores_ed25519 = false,
                            .deadlines = kMayHang,
                            .idle_limit = seconds(30),
                            .keep_alive = KeepAlive::random,
                            .restart = Restart::first,
                            .pin = PinForm::key_id_password,
                            .most_message = 3100,
                            .audit_log = true,
                            .hmac_384_512_by_generic = false,
                            .remedy_gone = "plug it in, and start yubihsm-connector"};

// AWS CloudHSM, SDK 5 (all read): 1,024 sessions an application, the PIN's form, throttling and replaced HSMs by these two values
// (devices.md 5); HMAC secrets as GENERIC_SECRET, threads on own sessions (2). More HSMs sign more per second, and so do more
// clusters (5). C_CreateObject takes keys and certificates, no data objects (AWS CloudHSM User Guide, "Supported API operations
// for the PKCS #11 library for Client SDK 5").
constexpr std::array<CkRv, 2> kThrottledByAws{CKR_FUNCTION_FAILED, CKR_OPERATION_ACTIVE};
constexpr Profile kAwsCloudHsm{.name = "aws-cloudhsm",
                               .sessions = 1023,
                               .threads_at_once = 1023,
                               .data_objects = false,
                               .deadlines = kMayHang,
                               .retryable = kThrottledByAws,
                               .pin = PinForm::user_colon_password,
                               .spreads = true,
                               .remedy_gone = "see that the cluster has HSMs, and that configure-pkcs11 names their addresses"};

// openCryptoki (seen, 3.8.1): HMAC secrets as GENERIC_SECRET, more than 20,000 sessions, threads on own sessions, no curves
// (devices.md 2). The part that holds the sessions is loaded once per process, whatever copies of the library there are, so that
// another user's C_Finalize reaches ours (tests/contract).
constexpr Profile kOpenCryptoki{.name = "opencryptoki",
                                .sessions = 1024,
                                .threads_at_once = 1024,
                                .secp256k1 = false,
                                .private_copy = false,
                                .remedy_gone = "start pkcsslotd, and see that the user is in the group pkcs11"};

// tpm2-pkcs11 (seen, 1.9 on swtpm): 1,024 sessions, one thread, another crashes it, no HMAC keys, no secp256k1 (devices.md 2); a
// child's use breaks the parent (1.15). The public half's uses are confused, and CKM_RSA_PKCS signs by the TPM's raw decryption,
// which a key that may only sign refuses (hsm/key_pairs.cc).
constexpr Profile kTpm2{.name = "tpm2-pkcs11",
                        .takes_hmac_keys = false,
                        .arming = Arming::off,
                        .sessions = 1023,
                        .threads_at_once = 1,
                        .secp256k1 = false,
                        .swaps_public_uses = true,
                        .rsa_signs = false,
                        .children_may_use = false,
                        .remedy_gone = "start tpm2-abrmd, and see that the user is in the group tss"};

// p11-kit-client (seen, 0.24.1): one connection for all, on which a stopped server blocks everything (devices.md 1.13); a killed
// one raises SIGPIPE (1.16), and then each call answers CKR_DEVICE_ERROR until C_Finalize and C_Initialize connect anew. The
// server's address is read when the library is loaded. Sessions and threads are those of the module behind it: it bears them.
constexpr std::array<CkRv, 1> kServerGone{CKR_DEVICE_ERROR};
constexpr Profile kP11KitClient{.name = "p11-kit-client",
                                .sessions = 1024,
                                .threads_at_once = 1024,
                                .deadlines = kMayHang,
                                .restart = Restart::first,
                                .connection_lost = kServerGone,
                                .environment_at_load = true,
                                .raises_sigpipe = true,
                                .remedy_gone = "start p11-kit server again, at the address in P11_KIT_SERVER_ADDRESS"};

// p11-kit's proxy (read, p11-kit/proxy.c): whatever modules it is configured with, p11-kit-client too, under one state for the
// whole process. So it is as careful as with an unknown one.
constexpr Profile kP11KitProxy{.name = "p11-kit-proxy",
                               .arming = Arming::off,
                               .sessions = 15,
                               .threads_at_once = 1,
                               .deadlines = kMayHang,
                               .private_copy = false,
                               .environment_at_load = true,
                               .raises_sigpipe = true,
                               .remedy_gone = "see with p11-kit list-modules what its modules say"};

// Luna (all read): it recovers inside a call (devices.md 1.13), members of its HA group come and go (5). When all of them were
// lost, only C_Finalize and C_Initialize help (thalesdocs.com, Luna, "Recovering From the Loss of All HA Members").
constexpr Profile kLuna{.name = "luna",
                        .sessions = 1024,
                        .threads_at_once = 1024,
                        .deadlines = kMayHang,
                        .remedy_gone = "see with lunacm what state the HA group's members are in"};

// nShield: nothing known but that HMAC keys are generated by mechanisms of its own (read, devices.md 5). As an unknown one.
constexpr Profile kNShield{.name = "nshield",
                           .arming = Arming::off,
                           .sessions = 15,
                           .threads_at_once = 1,
                           .deadlines = kMayHang,
                           .remedy_gone = "see with enquiry what state the module and the hardserver are in"};

// Azure Cloud HSM: the PIN is user:password (read, devices.md 5; learn.microsoft.com, azure/cloud-hsm/authentication). Else as an
// unknown one.
constexpr Profile kAzureCloudHsm{.name = "azure-cloudhsm",
                                 .arming = Arming::off,
                                 .sessions = 15,
                                 .threads_at_once = 1,
                                 .deadlines = kMayHang,
                                 .pin = PinForm::user_colon_password,
                                 .remedy_gone = "see that azcloudhsm_client runs, and that the cluster can be reached"};

// Google's kmsp11 (all read): no secp256k1, 64 KiB to an HMAC, the PIN is ignored (devices.md 5); it creates no objects from
// templates, so no data objects either (kms-integrations, kmsp11/docs/user_guide.md, "Functions"). Else as an unknown one.
constexpr Profile kGoogleKms{.name = "google-kmsp11",
                             .arming = Arming::off,
                             .sessions = 15,
                             .threads_at_once = 1,
                             .data_objects = false,
                             .secp256k1 = false,
                             .deadlines = kMayHang,
                             .most_message = 65'536,
                             .remedy_gone = "see that Cloud KMS can be reached, and what the service account may do"};

// An unknown module: GENERIC_SECRET, which all but the YubiHSM take; 16 sessions, the fewest of any device known (devices.md
// 1.10); one thread at a time, because some modules crash otherwise (devices.md 2, tpm2-pkcs11), and so nothing armed; calls that
// may hang (1.13).
constexpr Profile kGeneric{
    .name = kUnknownDevice, .arming = Arming::off, .sessions = 15, .threads_at_once = 1, .deadlines = kMayHang};

constexpr std::array kProfiles{kSoftHsm2,    kNss,  kYubiHsm2, kAwsCloudHsm,   kOpenCryptoki, kTpm2,   kP11KitClient,
                               kP11KitProxy, kLuna, kNShield,  kAzureCloudHsm, kGoogleKms,    kGeneric};

// SoftHSM2, NSS, openCryptoki, tpm2-pkcs11 and p11-kit: seen. YubiHSM 2: yubihsm-shell, pkcs11/yubihsm_pkcs11.c. kmsp11:
// kms-integrations, kmsp11/provider.cc. Files: the vendors' documentation (docs.aws.amazon.com/cloudhsm; thalesdocs.com;
// nshielddocs.entrust.com, "PKCS#11 Developer libraries"; learn.microsoft.com/azure/cloud-hsm). p11-kit's client and proxy say
// the same of themselves; the proxy is a link to libp11-kit.
constexpr std::array kMarks{
    Mark{.profile = "softhsm2", .manufacturer = "SoftHSM"},
    Mark{.profile = "nss", .manufacturer = "Mozilla Foundation"},
    Mark{.profile = "yubihsm2", .manufacturer = "Yubico (www.yubico.com)"},
    Mark{.profile = "aws-cloudhsm", .file = "libcloudhsm_pkcs11"},
    Mark{.profile = "opencryptoki", .manufacturer = "IBM", .library = "Meta PKCS11 LIBRARY"},
    Mark{.profile = "opencryptoki", .manufacturer = "IBM", .file = "libopencryptoki"},
    Mark{.profile = "tpm2-pkcs11", .manufacturer = "tpm2-software.github.io"},
    Mark{.profile = "tpm2-pkcs11", .file = "libtpm2_pkcs11"},
    Mark{.profile = "p11-kit-client", .file = "p11-kit-client"},
    Mark{.profile = "p11-kit-proxy", .file = "libp11-kit"},
    Mark{.profile = "p11-kit-proxy", .file = "p11-kit-proxy"},
    Mark{.profile = "luna", .file = "libCryptoki2"},
    Mark{.profile = "nshield", .file = "libcknfast"},
    Mark{.profile = "azure-cloudhsm", .file = "libazcloudhsm_pkcs11"},
    Mark{.profile = "google-kmsp11", .manufacturer = "Google", .library = "Cryptoki Library for Cloud KMS"},
};

}  // namespace

std::span<const Profile> profiles() noexcept { return kProfiles; }

std::span<const Mark> marks() noexcept { return kMarks; }

}  // namespace custos::hsm
