#include "software/file_faults.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace custos::test {
namespace {

constinit bool active = false;
constinit std::size_t step = 0;
constinit std::size_t fault_at = 0;
constinit Fault planned = Fault::none;

// next counts a step and tells what is to happen.
Fault next() noexcept { return active && ++step == fault_at ? planned : Fault::none; }

[[noreturn]] void die() noexcept { ::_exit(kDied); }

// simple is a step that is done or not.
template <class Call>
int simple(Call&& call) noexcept {
  switch (next()) {
    case Fault::none: return static_cast<int>(call());
    case Fault::fails: errno = EIO; return -1;
    default: die();
  }
}

// writing is a step that can be done in part.
template <class Call>
ssize_t writing(std::size_t size, Call&& call) noexcept {
  switch (next()) {
    case Fault::none: return call(size);
    case Fault::fails: errno = EIO; return -1;
    case Fault::dies_half: static_cast<void>(call(size / 2)); [[fallthrough]];
    default: die();
  }
}

}  // namespace

FileFaults::FileFaults(std::size_t at, Fault fault) noexcept {
  step = 0;
  fault_at = at;
  planned = fault;
  active = true;
}
FileFaults::~FileFaults() { active = false; }
std::size_t FileFaults::steps() noexcept { return step; }

}  // namespace custos::test

// The public names: symbols of the program win over libc's.
extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  return custos::test::writing(size, [&](size_t some) { return ::syscall(SYS_write, file, bytes, some); });
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  return custos::test::writing(size, [&](size_t some) { return ::syscall(SYS_pwrite64, file, bytes, some, at); });
}
int fsync(int file) {
  return custos::test::simple([&] { return ::syscall(SYS_fsync, file); });
}
int fdatasync(int file) {
  return custos::test::simple([&] { return ::syscall(SYS_fdatasync, file); });
}
int rename(const char* from, const char* to) noexcept {
  return custos::test::simple([&] { return ::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to); });
}
int link(const char* from, const char* to) noexcept {
  return custos::test::simple([&] { return ::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0); });
}
int unlink(const char* path) noexcept {
  return custos::test::simple([&] { return ::syscall(SYS_unlinkat, AT_FDCWD, path, 0); });
}
}
