// CUSTOS_EXPORT marks what libcustos.so offers; everything else is hidden (tools/checks/exports.py).
#pragma once

#define CUSTOS_EXPORT __attribute__((visibility("default")))

// CUSTOS_INTERNAL hides a type that is nested in an exported class, which it would otherwise follow.
#define CUSTOS_INTERNAL __attribute__((visibility("hidden")))
