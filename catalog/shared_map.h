// A sorted map of which copies are cheap: copies share what they have in common. A copy costs one
// pointer for each some hundred entries; changing one entry of a copy writes its part of the map
// anew and leaves all other copies as they are. For catalogues: each publish makes the next
// snapshot from the one before.
//
// As std::map otherwise, with these differences: entries are read-only but through operator[], and
// any change invalidates iterators and references. Distinct objects may be used by different
// threads, copies of each other included; one object by one thread at a time while it is changed.
#ifndef APLOMB_CATALOG_SHARED_MAP_H_
#define APLOMB_CATALOG_SHARED_MAP_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"

namespace aplomb::catalog {

template <typename Key, typename Value>
class SharedMap {
 public:
  using key_type = Key;
  using mapped_type = Value;
  using value_type = std::pair<Key, Value>;

 private:
  // Entries by key; never empty. At kPartMax it is cut into halves.
  using Part = std::vector<value_type>;
  static constexpr size_t kPartMax = 256;

 public:
  class const_iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = SharedMap::value_type;
    using difference_type = std::ptrdiff_t;
    using pointer = const value_type*;
    using reference = const value_type&;

    const_iterator() = default;
    reference operator*() const { return (*map_->parts_[part_])[place_]; }
    pointer operator->() const { return &**this; }
    const_iterator& operator++() {
      if (++place_ == map_->parts_[part_]->size()) {
        ++part_;
        place_ = 0;
      }
      return *this;
    }
    const_iterator operator++(int) {
      const const_iterator before = *this;
      ++*this;
      return before;
    }
    const_iterator& operator--() {
      if (place_ == 0) place_ = map_->parts_[--part_]->size();
      --place_;
      return *this;
    }
    const_iterator operator--(int) {
      const const_iterator before = *this;
      --*this;
      return before;
    }
    friend bool operator==(const const_iterator& a, const const_iterator& b) {
      return a.part_ == b.part_ && a.place_ == b.place_;
    }
    friend bool operator!=(const const_iterator& a, const const_iterator& b) { return !(a == b); }

   private:
    friend class SharedMap;
    const_iterator(const SharedMap* map, size_t part, size_t place)
        : map_(map), part_(part), place_(place) {}

    const SharedMap* map_ = nullptr;
    size_t part_ = 0;
    size_t place_ = 0;
  };
  using iterator = const_iterator;
  using const_reverse_iterator = std::reverse_iterator<const_iterator>;

  const_iterator begin() const { return const_iterator(this, 0, 0); }
  const_iterator end() const { return const_iterator(this, parts_.size(), 0); }
  const_reverse_iterator rbegin() const { return const_reverse_iterator(end()); }
  const_reverse_iterator rend() const { return const_reverse_iterator(begin()); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  template <typename K>
  const_iterator lower_bound(const K& key) const {
    const size_t part = PartOf(key);
    if (part == parts_.size()) return end();
    return At(part, PlaceIn(*parts_[part], key));
  }
  template <typename K>
  const_iterator upper_bound(const K& key) const {
    const_iterator found = lower_bound(key);
    if (found != end() && !Less()(key, found->first)) ++found;
    return found;
  }
  template <typename K>
  const_iterator find(const K& key) const {
    const const_iterator found = lower_bound(key);
    return found == end() || Less()(key, found->first) ? end() : found;
  }
  template <typename K>
  bool contains(const K& key) const {
    return find(key) != end();
  }
  template <typename K>
  size_t count(const K& key) const {
    return contains(key) ? 1 : 0;
  }
  // CHECKs that it is there.
  template <typename K>
  const Value& at(const K& key) const {
    const const_iterator found = find(key);
    CHECK(found != end()) << "no such key";
    return found->second;
  }

  // The value, made first where there is none; others' copies keep theirs.
  Value& operator[](const Key& key) {
    if (parts_.empty()) parts_.push_back(std::make_shared<Part>());
    const size_t part = std::min(PartOf(key), parts_.size() - 1);
    Part& own = Own(part);
    const size_t place = PlaceIn(own, key);
    if (place < own.size() && !Less()(key, own[place].first)) return own[place].second;
    own.insert(own.begin() + static_cast<std::ptrdiff_t>(place), value_type(key, Value()));
    ++size_;
    if (own.size() < kPartMax) return own[place].second;
    const auto middle = own.begin() + kPartMax / 2;
    auto rest =
        std::make_shared<Part>(std::make_move_iterator(middle), std::make_move_iterator(own.end()));
    own.erase(middle, own.end());
    Value& value = place < kPartMax / 2 ? own[place].second : (*rest)[place - kPartMax / 2].second;
    parts_.insert(parts_.begin() + static_cast<std::ptrdiff_t>(part) + 1, std::move(rest));
    return value;
  }

  std::pair<const_iterator, bool> emplace(const Key& key, Value value) {
    const bool is_new = !contains(key);
    if (is_new) (*this)[key] = std::move(value);
    return {find(key), is_new};
  }

  // How many were removed: 1 or 0.
  template <typename K>
  size_t erase(const K& key) {
    const const_iterator found = find(key);
    if (found == end()) return 0;
    Part& own = Own(found.part_);
    own.erase(own.begin() + static_cast<std::ptrdiff_t>(found.place_));
    if (own.empty()) parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(found.part_));
    --size_;
    return 1;
  }

  void clear() {
    parts_.clear();
    size_ = 0;
  }

  friend bool operator==(const SharedMap& a, const SharedMap& b) {
    return a.size_ == b.size_ && std::equal(a.begin(), a.end(), b.begin());
  }

  // Calls visit(before, after) with each entry of which the values differ, in the order of keys;
  // null where a map does not have it. What the maps share is passed over unseen.
  template <typename Visit>
  static void ForEachDifference(const SharedMap& before, const SharedMap& after, Visit visit) {
    const value_type* const none = nullptr;
    const_iterator a = before.begin();
    const_iterator b = after.begin();
    while (a != before.end() || b != after.end()) {
      if (a != before.end() && b != after.end() && a.place_ == 0 && b.place_ == 0 &&
          before.parts_[a.part_] == after.parts_[b.part_]) {
        ++a.part_;
        ++b.part_;
      } else if (b == after.end() || (a != before.end() && Less()(a->first, b->first))) {
        visit(&*a, none);
        ++a;
      } else if (a == before.end() || Less()(b->first, a->first)) {
        visit(none, &*b);
        ++b;
      } else {
        if (!(a->second == b->second)) visit(&*a, &*b);
        ++a;
        ++b;
      }
    }
  }

 private:
  using Less = std::less<>;

  const_iterator At(size_t part, size_t place) const {
    return place == parts_[part]->size() ? const_iterator(this, part + 1, 0)
                                         : const_iterator(this, part, place);
  }
  // The first part whose last key is not below `key`.
  template <typename K>
  size_t PartOf(const K& key) const {
    const auto found = std::lower_bound(parts_.begin(), parts_.end(), key,
                                        [](const std::shared_ptr<Part>& part, const K& k) {
                                          return !part->empty() && Less()(part->back().first, k);
                                        });
    return static_cast<size_t>(found - parts_.begin());
  }
  template <typename K>
  static size_t PlaceIn(const Part& part, const K& key) {
    const auto found = std::lower_bound(
        part.begin(), part.end(), key,
        [](const value_type& entry, const K& k) { return Less()(entry.first, k); });
    return static_cast<size_t>(found - part.begin());
  }
  // The part, for writing: a copy unless nobody else holds it.
  Part& Own(size_t part) {
    std::shared_ptr<Part>& held = parts_[part];
    if (held.use_count() > 1) {
      auto copy = std::make_shared<Part>();
      copy->reserve(held->size() + 1);
      copy->assign(held->begin(), held->end());
      held = std::move(copy);
    }
    // Whoever let go of it last has read it before.
    std::atomic_thread_fence(std::memory_order_acquire);
    return *held;
  }

  std::vector<std::shared_ptr<Part>> parts_;
  size_t size_ = 0;
};

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_SHARED_MAP_H_
