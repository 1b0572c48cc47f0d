#include "options.h"

#include <charconv>

#include "cli.h"

namespace custos::cli {
namespace {

using Values = CLI::results_t;

// add declares an option whose raw values go to `take`; a false from it is a conversion error.
CLI::Option* add(CLI::App& app, const std::string& name, CLI::callback_t take, const std::string& kind,
                 const std::string& about) {
  return app.add_option(name, std::move(take), about)->type_name(kind);
}

std::vector<std::string> words_of(const Values& values) {
  std::vector<std::string> words;
  for (const auto& value : values) {
    for (std::size_t begin = 0; begin <= value.size();) {
      const std::size_t end = std::min(value.find(',', begin), value.size());
      if (end > begin) words.push_back(value.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return words;
}

template <class Target>
CLI::Option* add_any_text(CLI::App& app, const std::string& name, Target& target, const std::string& kind,
                          const std::string& about) {
  const auto take = [&target](const Values& values) {
    target = values.front();
    return true;
  };
  return add(app, name, take, kind, about);
}

template <class Target>
CLI::Option* add_any_words(CLI::App& app, const std::string& name, Target& target, const std::string& kind,
                           const std::string& about) {
  const auto take = [&target](const Values& values) {
    target = words_of(values);
    return true;
  };
  return add(app, name, take, kind, about)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

CLI::Option* add_text(CLI::App& app, const std::string& name, std::string& target, const std::string& kind,
                      const std::string& about) {
  return add_any_text(app, name, target, kind, about);
}

CLI::Option* add_text(CLI::App& app, const std::string& name, std::optional<std::string>& target, const std::string& kind,
                      const std::string& about) {
  return add_any_text(app, name, target, kind, about);
}

CLI::Option* add_number(CLI::App& app, const std::string& name, std::optional<std::int64_t>& target, const std::string& about) {
  const auto take = [&target](const Values& values) {
    const std::string& text = values.front();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    target = number;
    return error == std::errc{} && end == text.data() + text.size();
  };
  return add(app, name, take, "N", about);
}

CLI::Option* add_each(CLI::App& app, const std::string& name, std::vector<std::string>& target, const std::string& kind,
                      const std::string& about) {
  const auto take = [&target](const Values& values) {
    target = values;
    return true;
  };
  return add(app, name, take, kind, about)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Option* add_words(CLI::App& app, const std::string& name, std::vector<std::string>& target, const std::string& kind,
                       const std::string& about) {
  return add_any_words(app, name, target, kind, about);
}

CLI::Option* add_words(CLI::App& app, const std::string& name, std::optional<std::vector<std::string>>& target,
                       const std::string& kind, const std::string& about) {
  return add_any_words(app, name, target, kind, about);
}

CLI::Option* take_several(CLI::Option* option) {
  return option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
}

Result<void> none_beside_jsonl(std::span<const CLI::Option* const> options) {
  for (const auto* option : options) {
    if (option->count() > 0) return usage(option->get_name() + " does not go with --jsonl, whose lines say it for themselves");
  }
  return {};
}

std::optional<std::pair<std::string, std::string>> split_once(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return std::nullopt;
  return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace custos::cli
