// Query tokens: JSON Web Tokens (RFC 7519) that hold a digest of a request's parameters, as Korean venues take them.
#pragma once

#include "exchange/composer.h"
#include "exchange/json_form.h"

namespace custos::exchange {

// write_query_token is what ${custom} stands for in two places. In the preimage, behind the other claims, it writes
// `,"query_hash":"…","query_hash_alg":"SHA512"` where there are parameters: those of the query, or the members of a JSON body as
// such a query (write_json_form). In a header it writes the preimage, which the token begins with.
void write_query_token(Composer& composer, FormText text) noexcept;

}  // namespace custos::exchange
