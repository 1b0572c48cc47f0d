// The shapes of a process's life (devices.md 1.14 and 1.15). What a shape leaves behind is there when the process exits.
#pragma once

#include <array>
#include <string_view>

#include "process_life/subject.h"

namespace custos::life {

// Forks: the child exits, uses what it inherited, or opens anew while the parent's threads sign; and one in the middle of a
// recovery.
void child_only_exits(const Subject& subject);
void child_uses_what_it_inherited(const Subject& subject);
void child_opens_anew(const Subject& subject);
void child_of_a_recovery(const Subject& subject);

// Ends: what holds the token, and what goes on, when the process exits.
void held_by_a_static(const Subject& subject);
void dropped_by_an_early_handler(const Subject& subject);
void dropped_by_a_late_handler(const Subject& subject);
void threads_sign(const Subject& subject);
void threads_sign_at_quick_exit(const Subject& subject);
void threads_sign_at_underscore_exit(const Subject& subject);
void a_recovery_is_under_way(const Subject& subject);
void a_recovery_hangs(const Subject& subject);
void a_call_hangs(const Subject& subject);
void a_recovery_hangs_in_a_thread(const Subject& subject);
void a_call_hangs_in_a_thread(const Subject& subject);
void a_stranger_finalizes(const Subject& subject);
void two_tokens_and_a_stranger(const Subject& subject);

// sign_once opens, signs and is done: what a grandchild runs after exec.
void sign_once(const Subject& subject);

struct Shape {
  std::string_view name;
  void (*live)(const Subject&);
};

inline constexpr auto kShapes = std::to_array<Shape>({
    {"child_only_exits", child_only_exits},
    {"child_uses_what_it_inherited", child_uses_what_it_inherited},
    {"child_opens_anew", child_opens_anew},
    {"child_of_a_recovery", child_of_a_recovery},
    {"held_by_a_static", held_by_a_static},
    {"dropped_by_an_early_handler", dropped_by_an_early_handler},
    {"dropped_by_a_late_handler", dropped_by_a_late_handler},
    {"threads_sign", threads_sign},
    {"threads_sign_at_quick_exit", threads_sign_at_quick_exit},
    {"threads_sign_at_underscore_exit", threads_sign_at_underscore_exit},
    {"a_recovery_is_under_way", a_recovery_is_under_way},
    {"a_recovery_hangs", a_recovery_hangs},
    {"a_call_hangs", a_call_hangs},
    {"a_recovery_hangs_in_a_thread", a_recovery_hangs_in_a_thread},
    {"a_call_hangs_in_a_thread", a_call_hangs_in_a_thread},
    {"a_stranger_finalizes", a_stranger_finalizes},
    {"two_tokens_and_a_stranger", two_tokens_and_a_stranger},
    {"sign_once", sign_once},
});

}  // namespace custos::life
