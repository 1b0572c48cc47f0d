// ServerSignature: Bitstamp signs its answers too, so that a client can tell them from a stranger's and from those to other
// requests (bitstamp.net/api, "Authentication": X-Server-Auth-Signature).
#pragma once

#include "base/bytes.h"
#include "base/writer.h"
#include "custos/request.h"

namespace custos::exchange {

// write_server_preimage writes what the signature of an answer covers: nonce and time of the request, content type and body of
// the answer. It answers false where the nonce is no UUID in lower case, the time no number, or the content type no header's
// value; whether all of it fitted is for out.overflowed() to say. It begins with a UUID, so no request's preimage ("BITSTAMP …")
// is ever one.
[[nodiscard]] bool write_server_preimage(const ServerAnswer& answer, BoundedWriter& out) noexcept;

// is_server_signature says that the answer's signature is `mac`, the credential's own over the preimage. Whoever could read `mac`
// could forge answers: its bytes are compared in constant time, and are to go nowhere else.
[[nodiscard]] bool is_server_signature(const ServerAnswer& answer, ByteView mac) noexcept;

}  // namespace custos::exchange
