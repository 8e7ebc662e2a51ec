// Pages of lists (AIP-158). A token is opaque and URL-safe; it holds the place to
// go on from, the revision that the list is read at, and a digest of the other
// arguments, so that a token used with other arguments is refused. It grants
// nothing: whoever sends one is checked as for the first page. Pure functions.
#ifndef APLOMB_SERVICE_PAGING_H_
#define APLOMB_SERVICE_PAGING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/issue.h"
#include "google/protobuf/repeated_field.h"

namespace aplomb::service {

inline constexpr int32_t kPageSizeDefault = 50;
inline constexpr int32_t kPageSizeMax = 1000;
// A page ends before it grows beyond this: clients refuse messages above 4 MiB by default.
inline constexpr size_t kPageBytesMax = size_t{2} << 20;
inline constexpr size_t kPageTokenSizeMax = 1000;

struct PagePlace {
  // Last key of the page before; empty: the beginning.
  std::string after;
  // Revision of the catalogue that the pages are read at; -1: none was fixed.
  int64_t revision = -1;

  friend bool operator==(const PagePlace&, const PagePlace&) = default;
};

// The size to use; a negative one adds an issue.
int32_t PageSize(int32_t asked, std::vector<base::Issue>& issues);

// A token for the next page. `arguments`: method and all fields but page_size and page_token, in a
// fixed order.
std::string EncodePageToken(const PagePlace& place, const std::vector<std::string>& arguments);

// The inverse; an empty token is the beginning. PAGE_TOKEN_INVALID for a token that was not made
// for these arguments.
absl::StatusOr<PagePlace> DecodePageToken(absl::string_view token,
                                          const std::vector<std::string>& arguments);

// A page under construction. Items are added until it is full, in number or in bytes; then, and
// only then, the response gets a token that goes on behind the last one. `Item` is a generated
// message.
//
//   Page page(size, snapshot->revision, arguments, response.mutable_members(),
//             response.mutable_next_page_token());
//   for (const auto& [name, entry] : …) {
//     if (!page.Add(name, Show(*entry))) break;
//   }
template <typename Item>
class Page {
 public:
  // `size`, at least 1, as PageSize gives it; `revision` and `arguments` go into the token; `items`
  // (empty) and `next_page_token` are of one response and must outlive this.
  Page(int32_t size, int64_t revision, std::vector<std::string> arguments,
       google::protobuf::RepeatedPtrField<Item>* items, std::string* next_page_token)
      : size_(size),
        revision_(revision),
        arguments_(std::move(arguments)),
        items_(items),
        next_page_token_(next_page_token) {}

  // Adds the item at `key`, its place in the list. False, with the token set, where the page is
  // full without it; a first item always goes in, however large.
  bool Add(std::string key, Item item) {
    const size_t bytes = item.ByteSizeLong();
    if (items_->size() == size_ || (!items_->empty() && bytes_ + bytes > kPageBytesMax)) {
      GoOn();
      return false;
    }
    bytes_ += bytes;
    last_ = std::move(key);
    *items_->Add() = std::move(item);
    return true;
  }
  // Leaves out what is at `key`: the next page begins behind it.
  void Pass(std::string key) { last_ = std::move(key); }
  // Says that there is more behind what was added or passed.
  void GoOn() {
    *next_page_token_ = EncodePageToken({.after = last_, .revision = revision_}, arguments_);
  }

 private:
  const int32_t size_;
  const int64_t revision_;
  const std::vector<std::string> arguments_;
  google::protobuf::RepeatedPtrField<Item>* const items_;
  std::string* const next_page_token_;
  size_t bytes_ = 0;
  std::string last_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_PAGING_H_
