// plugin_host PLUGIN HOME: loads the plugin, has it sign, and closes it, ten times; the tenth stays open at exit.
#include <dlfcn.h>

#include <cstdio>

int main(int count, char** arguments) {
  constexpr int kLoads = 10;
  if (count != 3) return 100;
  for (int load = 1; load <= kLoads; ++load) {
    void* plugin = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (plugin == nullptr) {
      std::fprintf(stderr, "plugin_host: %s\n", dlerror());
      return 101;
    }
    auto* sign = reinterpret_cast<int (*)(const char*)>(dlsym(plugin, "plugin_sign"));
    if (sign == nullptr) return 102;
    if (const int failed = sign(arguments[2]); failed != 0) return failed;
    if (load < kLoads) dlclose(plugin);
  }
  return 0;
}
