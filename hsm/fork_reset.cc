#include "hsm/fork_reset.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/process_life.h"

namespace custos::hsm {
namespace {

using Range = std::span<std::uint8_t>;

// Variables is one writable part of a library, and the bytes that it held when it was loaded. In a child the two are exchanged,
// so that what the library allocated stays reachable (LeakSanitizer).
struct Variables {
  Range live;
  std::vector<std::uint8_t> first;
  bool is_reset = false;
  Variables* next = nullptr;
};

// The list only grows, and a child reads it without a lock.
constinit std::atomic<Variables*> g_all{nullptr};

// swap_bytes goes byte by byte and unseen by sanitizers: in a library that is instrumented, what lies between variables is
// theirs.
__attribute__((noinline, no_sanitize("address", "thread"))) void swap_bytes(Range live, std::span<std::uint8_t> kept) noexcept {
  volatile std::uint8_t* there = live.data();
  volatile std::uint8_t* here = kept.data();
  for (std::size_t i = 0; i < live.size(); ++i) {
    const std::uint8_t byte = there[i];
    there[i] = here[i];
    here[i] = byte;
  }
}

__attribute__((noinline, no_sanitize("address", "thread"))) void copy_bytes(Range live, std::span<std::uint8_t> to) noexcept {
  const volatile std::uint8_t* from = live.data();
  volatile std::uint8_t* here = to.data();
  for (std::size_t i = 0; i < live.size(); ++i) here[i] = from[i];
}

void reset_all() {
  for (Variables* each = g_all.load(); each != nullptr; each = each->next) {
    if (std::exchange(each->is_reset, true)) continue;  // in this child's parent, a child itself
    swap_bytes(each->live, each->first);
  }
}

void remember(Range live) {
  auto* variables = new Variables{live, std::vector<std::uint8_t>(live.size())};
  copy_bytes(live, variables->first);
  variables->next = g_all.load();
  while (!g_all.compare_exchange_weak(variables->next, variables)) {
  }
}

struct Search {
  std::uintptr_t base;
  std::vector<Range> found;
};

// find_variables visits each library of the process. What the loader makes read-only once addresses are filled in (PT_GNU_RELRO,
// in whole pages from a segment's beginning) is left out.
int find_variables(dl_phdr_info* library, std::size_t /*size*/, void* wanted) {
  auto& search = *static_cast<Search*>(wanted);
  if (library->dlpi_addr != search.base) return 0;
  const std::span headers(library->dlpi_phdr, library->dlpi_phnum);
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (const auto& segment : headers) {
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) == 0) continue;
    std::uintptr_t begin = segment.p_vaddr;
    const std::uintptr_t end = segment.p_vaddr + segment.p_memsz;
    for (const auto& relro : headers) {
      if (relro.p_type != PT_GNU_RELRO || relro.p_vaddr < segment.p_vaddr || relro.p_vaddr >= end) continue;
      begin = std::max(begin, (relro.p_vaddr + relro.p_memsz) / page * page);
    }
    if (begin < end) search.found.emplace_back(reinterpret_cast<std::uint8_t*>(search.base + begin), end - begin);
  }
  return 1;
}

}  // namespace

Result<void> reset_in_children(void* handle) {
  struct link_map* own = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &own) != 0)
    return fail(Errc::system, Origin::system, "the loader does not know the library");
  Search search{own->l_addr, {}};
  dl_iterate_phdr(find_variables, &search);
  on_fork_in_child(reset_all);
  for (const Range live : search.found) remember(live);
  return {};
}

}  // namespace custos::hsm
