#include "hsm/profile.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

#include "hsm/module.h"
#include "hsm/profiles.h"

namespace custos::hsm {
namespace {

constexpr std::array<std::string_view, 3> kArmings{"off", "key", "copies"};  // by Arming
constexpr std::array<std::string_view, 2> kDeadlines{"inline", "threaded"};  // by Deadlines

bool is_of(const Mark& mark, const ModuleDescription& module) {
  const auto says = [](std::string_view wanted, std::string_view said) { return wanted.empty() || wanted == said; };
  return says(mark.manufacturer, module.manufacturer) && says(mark.library, module.library) &&
         std::filesystem::path(module.path).filename().string().starts_with(mark.file);
}

std::string_view profile_name_of(const ModuleDescription& module) {
  const auto known = std::ranges::find_if(marks(), [&](const Mark& mark) { return is_of(mark, module); });
  return known == marks().end() ? profiles().back().name : known->profile;
}

}  // namespace

std::string_view to_string(Arming arming) noexcept { return kArmings[static_cast<std::size_t>(arming)]; }

Result<Arming> parse_arming(std::string_view name) {
  for (const Arming arming : {Arming::off, Arming::key, Arming::copies}) {
    if (name == to_string(arming)) return arming;
  }
  return fail(Errc::bad_input, Origin::token, fmt::format("there is no arming \"{}\": choose one of off, key, copies", name));
}

std::string_view to_string(Deadlines deadlines) noexcept { return kDeadlines[static_cast<std::size_t>(deadlines)]; }

Result<Deadlines> parse_deadlines(std::string_view name) {
  for (const Deadlines deadlines : {Deadlines::on_time_only, Deadlines::threaded}) {
    if (name == to_string(deadlines)) return deadlines;
  }
  return fail(Errc::bad_input, Origin::token, fmt::format("there are no deadlines \"{}\": choose inline or threaded", name));
}

Result<Profile> choose_profile(std::string_view name, const ModuleDescription& module) {
  const std::string_view wanted = name.empty() ? profile_name_of(module) : name;
  std::string known;
  for (const Profile& profile : profiles()) {
    if (profile.name == wanted) return profile;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", profile.name);
  }
  return fail(Errc::bad_input, Origin::token, fmt::format("there is no device profile \"{}\": choose one of {}", name, known));
}

}  // namespace custos::hsm
