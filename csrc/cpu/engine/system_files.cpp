#include "cpu/engine/system_files.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <unistd.h>
#endif

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// The beginning of a file; empty if it cannot be read.
class Text {
 public:
  explicit Text([[maybe_unused]] const char* path) {
#if defined(__unix__) || defined(__APPLE__)
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    std::size_t length = 0;
    for (ssize_t got = 1; got > 0 && length + 1 < sizeof text_;) {
      got = read(file, text_ + length, sizeof text_ - 1 - length);
      if (got > 0) length += static_cast<std::size_t>(got);
    }
    close(file);
    text_[length] = '\0';
#endif
  }
  char* get() { return text_; }

 private:
  char text_[8192] = "";
};

class Path {
 public:
  template <class... Parts>
  explicit Path(const char* format, Parts... parts) {
    const int length = std::snprintf(text_, sizeof text_, format, parts...);
    if (length < 0 || static_cast<std::size_t>(length) >= sizeof text_) text_[0] = '\0';
  }
  const char* get() const { return text_; }

 private:
  char text_[kPathBytes] = "";
};

/// The whole number from 1 on that a text begins with; 0 if there is none.
i64 positive(const char* text) { return std::max<i64>(std::strtoll(text, nullptr, 10), 0); }

/// CPUs that `quota` of every `period` microseconds keeps busy; 0 where either is missing.
i64 cpus_of(i64 quota, i64 period) {
  if (quota <= 0 || period <= 0) return 0;
  return (quota - 1) / period + 1;
}

/// Of two limits the lower; 0 is none.
i64 lower(i64 one, i64 other) { return one == 0 || (other > 0 && other < one) ? other : one; }

/// cpu.max is "QUOTA PERIOD" or "max PERIOD"; the older files hold a number each, and -1 for none.
i64 limit_of_group(const char* folder) {
  Text unified(Path("%s/cpu.max", folder).get());
  const char* const period = std::strchr(unified.get(), ' ');
  const i64 limit = period ? cpus_of(positive(unified.get()), positive(period + 1)) : 0;
  Text quota(Path("%s/cpu.cfs_quota_us", folder).get());
  if (!*quota.get()) return limit;
  Text length(Path("%s/cpu.cfs_period_us", folder).get());
  return lower(limit, cpus_of(positive(quota.get()), positive(length.get())));
}

/// The least limit of the group at `path` below `mount` and of all above it. A container may be
/// told its path as its host sees it, where it sees its own group at the mount alone: folders that
/// are not there have no limit.
i64 limit_of_line(const char* mount, const char* path) {
  char folder[kPathBytes];
  const std::size_t above = std::strlen(mount);
  const int length = std::snprintf(folder, sizeof folder, "%s%s", mount, path);
  if (length < 0 || static_cast<std::size_t>(length) >= sizeof folder) return 0;
  i64 limit = 0;
  for (;;) {
    limit = lower(limit, limit_of_group(folder));
    char* const end = std::strrchr(folder + above, '/');
    if (!end) return limit;
    *end = '\0';
  }
}

/// Whether a list as "cpu,cpuacct" holds "cpu".
bool names_cpu(const char* list) {
  for (const char* name = list; name; name = std::strchr(name, ',')) {
    if (*name == ',') ++name;
    if (std::strncmp(name, "cpu", 3) == 0 && (name[3] == ',' || name[3] == '\0')) return true;
  }
  return false;
}

/// The text up to the next `mark`, which is overwritten; `rest` moves behind it. Null at the end.
char* cut(char*& rest, char mark) {
  if (!rest || !*rest) return nullptr;
  char* const begin = rest;
  char* const end = std::strchr(rest, mark);
  rest = end ? end + 1 : nullptr;
  if (end) *end = '\0';
  return begin;
}

/// "1024K" in bytes; 0 for what is no size.
i64 size_of(const char* text) {
  char* unit = nullptr;
  const i64 number = std::strtoll(text, &unit, 10);
  const int shift = *unit == 'K' ? 10 : *unit == 'M' ? 20 : *unit == 'G' ? 30 : 0;
  return number > 0 && number < i64{1} << 30 ? number << shift : 0;
}

/// How many CPUs a list as "0-3,8-11" holds; at least 1.
i64 length_of(char* list) {
  i64 count = 0;
  while (const char* const range = cut(list, ',')) {
    const char* const dash = std::strchr(range, '-');
    const i64 first = std::strtoll(range, nullptr, 10);
    count += dash ? std::max<i64>(std::strtoll(dash + 1, nullptr, 10) - first + 1, 1) : 1;
  }
  return std::max<i64>(count, 1);
}

}  // namespace

int quota_cpus(const char* root) {
  Text text(Path("%s/proc/self/cgroup", root).get());
  char* lines = text.get();
  i64 limit = 0;
  // "0::/path" is of the one tree; "4:cpu,cpuacct:/path" of an older one, mounted by either name.
  while (char* line = cut(lines, '\n')) {
    const char* const tree = cut(line, ':');
    const char* const controllers = line && *line == ':' ? (++line, "") : cut(line, ':');
    if (!tree || !controllers || !line || *line != '/') continue;
    if (!*controllers) {
      for (const char* mount : {"", "/unified"}) {
        limit = lower(limit, limit_of_line(Path("%s/sys/fs/cgroup%s", root, mount).get(), line));
      }
    } else if (names_cpu(controllers)) {
      for (const char* mount : {"cpu", controllers}) {
        limit = lower(limit, limit_of_line(Path("%s/sys/fs/cgroup/%s", root, mount).get(), line));
      }
    }
  }
  return static_cast<int>(std::min<i64>(limit, 1 << 20));
}

CacheBytes cache_bytes_of(int cpu, const char* root) {
  constexpr int kMostCaches = 16;
  CacheBytes found;
  i64 whole_l2 = 0, l2_threads = 1, core_threads = 1;
  for (int index = 0; index < kMostCaches; ++index) {
    const Path folder("%s/sys/devices/system/cpu/cpu%d/cache/index%d", root, cpu, index);
    const auto text = [&](const char* name) {
      return Text(Path("%s/%s", folder.get(), name).get());
    };
    const i64 level = positive(text("level").get()), size = size_of(text("size").get());
    if (text("type").get()[0] == 'I') continue;  // instructions
    const i64 threads = length_of(text("shared_cpu_list").get());
    if (level == 1) core_threads = threads;
    if (level == 2) whole_l2 = size, l2_threads = threads;
    if (level == 3) found.l3 = size;
  }
  // Threads of one core share its first level too; several cores may share their second.
  found.l2 = whole_l2 / std::max<i64>(l2_threads / core_threads, 1);
  if (found.l3 == 0) found.l3 = whole_l2;
  return found;
}

}  // namespace pyrnn
