// HostChoice: which host a request goes to, and whether it may.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "exchange/reason.h"
#include "exchange/venue.h"

namespace custos::exchange {

// HostChoice is a host out of a table or the credential's record, or why there is none.
struct HostChoice {
  Reason refusal = Reason::none;
  std::string_view host;
};

// choose_host takes `asked` where the venue's table has it for `environment` and `path`, or the credential records it; an empty
// `asked` takes the table's first. Names are compared as they are: the tables are in lower case.
[[nodiscard]] HostChoice choose_host(std::span<const Host> hosts, std::string_view environment, std::string_view path,
                                     std::span<const std::string> extra_hosts, std::string_view asked) noexcept;

// is_host says that `text` is a host name or IPv4 address, with a port at most.
[[nodiscard]] bool is_host(std::string_view text) noexcept;

}  // namespace custos::exchange
