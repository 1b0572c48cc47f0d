// SigpipeGuard: keeps a broken pipe inside a module from ending the process.
#pragma once

namespace custos {

// SigpipeGuard blocks SIGPIPE for its thread while it lives, and takes one that was raised meanwhile: a PKCS#11 client whose
// server was killed writes to a closed socket, which ends a process that neither ignores nor blocks the signal (devices.md 1.16).
// One that was pending before belongs to the host and stays. For calls on a host's threads; threads of Custos block all signals.
// Three or four system calls.
class SigpipeGuard {
 public:
  SigpipeGuard() noexcept;
  ~SigpipeGuard();
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;

 private:
  bool was_pending_ = false;  // and so blocked: nothing was changed
  bool was_blocked_ = false;
};

}  // namespace custos
