#include "key/oid.h"

#include <openssl/ec.h>
#include <openssl/objects.h>

#include <algorithm>

#include "encode/der.h"
#include "key/openssl.h"

namespace custos::key::oid {

bool is(ByteView oid, ByteView known) noexcept { return std::ranges::equal(oid, known); }

std::string name(ByteView oid) {
  const ErrorScope errors;
  std::string numbers = encode::oid_text(oid);
  const int nid = OBJ_txt2nid(numbers.c_str());
  return nid == NID_undef ? numbers : OBJ_nid2sn(nid);
}

std::string curve_name(ByteView oid) {
  const ErrorScope errors;
  const char* nist = EC_curve_nid2nist(OBJ_txt2nid(encode::oid_text(oid).c_str()));
  return nist != nullptr ? nist : name(oid);
}

}  // namespace custos::key::oid
