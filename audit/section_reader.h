// Reads what entries commit to without showing it, and says why where it cannot be read: never
// there, erased, or damaged. Thread-safe.
#ifndef APLOMB_AUDIT_SECTION_READER_H_
#define APLOMB_AUDIT_SECTION_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "audit/database.h"
#include "audit/key_store.h"
#include "audit/sections.h"

namespace aplomb::audit {

// The sections of a tier, checked against the root in the entry.
//
//   NotFound  SECTION_NOT_FOUND  the entry has none of this tier
//   NotFound  SECTION_ERASED     they were erased; the message names the ERASURE entry
//   DataLoss  SECTION_MISSING    bytes or key are gone, and no ERASURE entry says so
//   DataLoss  SECTION_DAMAGED    they do not fit the entry
absl::StatusOr<std::vector<std::string>> ReadSections(const Database& database,
                                                      const KeyStore& keys, int64_t index,
                                                      uint8_t tier);

// The key that opens them; the same errors but SECTION_DAMAGED.
absl::StatusOr<PayloadKey> ReadPayloadKey(const Database& database, const KeyStore& keys,
                                          const LoggedEntry& entry, uint8_t tier);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_SECTION_READER_H_
