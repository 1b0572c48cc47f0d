// RestoreMarker: the file `restoring` of a home that a restore has not finished.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "custos/result.h"

namespace custos {

// RestoreMarker says how far a restore came, so that another one goes on without taking what it put in place for the old home's.
struct RestoreMarker {
  enum class Stage : unsigned char {
    moving,   // old files go to the folder aside
    placing,  // all old files are there; what stands in the home is from the backup
    sealing,  // all parts are in place; custos.toml may have been corrected by a person since
  };
  Stage stage = Stage::moving;
  std::string aside;   // folder inside the home; empty: there was nothing to keep
  std::string backup;  // SHA-256 of the file that is being restored, hexadecimal

  // read answers nothing for a home that no restore is unfinished in. Errors: integrity, system.
  [[nodiscard]] static Result<std::optional<RestoreMarker>> read(const std::filesystem::path& home);
  // write makes this the home's marker, durably; remove ends the restore. Errors: system.
  Result<void> write(const std::filesystem::path& home) const;
  static Result<void> remove(const std::filesystem::path& home);

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static std::optional<RestoreMarker> parse(std::string_view text);
};

// check_not_restoring refuses a home that a restore has not finished (integrity), with what to do.
Result<void> check_not_restoring(const std::filesystem::path& home);

}  // namespace custos
