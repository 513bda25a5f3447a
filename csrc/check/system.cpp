// What the system's files tell of the CPUs, from folders of files written here: as Linux lays them
// out, and as nobody should.
#include "cpu/engine/system.h"

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>

#include "check/groups.h"
#include "cpu/engine/system_files.h"

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace pyrnn::check {
namespace {

namespace fs = std::filesystem;
using Files = std::initializer_list<std::pair<const char*, std::string>>;

/// A folder with these files, while it lives.
class Folder {
 public:
  explicit Folder(const Files& files)
      : path_(fs::temp_directory_path() / ("pyrnn_check_system_" + std::to_string(getpid()))) {
    fs::create_directories(path_);
    for (const auto& [name, text] : files) {
      const fs::path file = path_ / name;
      fs::create_directories(file.parent_path());
      std::ofstream(file) << text;
    }
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

void expect_quota(Report& report, const char* what, int want, const Files& files) {
  const Folder folder(files);
  const int got = quota_cpus(folder.path().c_str());
  report.expect(got == want, [&] {
    return std::string(what) + ": expected " + std::to_string(want) + " CPUs; got " +
           std::to_string(got);
  });
}

void check_one_tree(Report& report) {
  const char* const group = "proc/self/cgroup";
  expect_quota(report, "no files", 0, {});
  expect_quota(report, "no limit", 0,
               {{group, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "max 100000\n"}});
  expect_quota(report, "two CPUs", 2,
               {{group, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "200000 100000\n"}});
  expect_quota(report, "rounded up", 3,
               {{group, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "200001 100000\n"}});
  expect_quota(report, "at least one", 1,
               {{group, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "1000 100000\n"}});
  expect_quota(report, "a container's own group", 4,
               {{group, "0::/\n"}, {"sys/fs/cgroup/cpu.max", "400000 100000\n"}});
  expect_quota(report, "the least of all above", 2,
               {{group, "0::/a/b/c\n"},
                {"sys/fs/cgroup/a/cpu.max", "200000 100000\n"},
                {"sys/fs/cgroup/a/b/cpu.max", "max 100000\n"},
                {"sys/fs/cgroup/a/b/c/cpu.max", "150000 50000\n"},
                {"sys/fs/cgroup/a/other/cpu.max", "1000 100000\n"}});
  expect_quota(report, "a path that only the host sees", 5,
               {{group, "0::/docker/0123\n"}, {"sys/fs/cgroup/cpu.max", "50000 10000\n"}});
  expect_quota(
      report, "beside older trees", 6,
      {{group, "3:memory:/m\n0::/a\n"}, {"sys/fs/cgroup/unified/a/cpu.max", "600000 100000\n"}});
}

void check_older_trees(Report& report) {
  const char* const group = "proc/self/cgroup";
  for (const std::string names : {"cpu", "cpu,cpuacct", "cpuacct,cpu", "cpuset,cpu,cpuacct"}) {
    for (const std::string& mount : {std::string("cpu"), names}) {
      const Report::Scope scope(report, names + " at " + mount);
      const std::string folder = "sys/fs/cgroup/" + mount + "/a/";
      const std::string quota = folder + "cpu.cfs_quota_us", period = folder + "cpu.cfs_period_us";
      expect_quota(report, "rounded up", 3,
                   {{group, "7:" + names + ":/a/b\n0::/\n"},
                    {quota.c_str(), "250000\n"},
                    {period.c_str(), "100000\n"}});
      expect_quota(report, "no limit", 0,
                   {{group, "7:" + names + ":/a/b\n"},
                    {quota.c_str(), "-1\n"},
                    {period.c_str(), "100000\n"}});
    }
  }
  expect_quota(report, "another controller", 0,
               {{group, "7:cpuset:/a\n6:cpuacct:/a\n"},
                {"sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "100000\n"},
                {"sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n"}});
}

void check_odd_files(Report& report) {
  const std::string longest(9000, 'x');
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("max"), std::string("100000"),
        std::string("100000 0"), std::string("0 100000"), std::string("-5 100000"),
        std::string("5 -1"), std::string("a b c"), longest, std::string("\0 1", 3)}) {
    expect_quota(report, "an odd cpu.max", 0,
                 {{"proc/self/cgroup", "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", text}});
  }
  for (const std::string& text :
       {std::string(), std::string("\n\n"), std::string("0"), std::string("0:"), std::string("0::"),
        std::string("::::"), std::string("0::a"), std::string(":cpu:"), "0::/" + longest,
        "4:" + longest + ":/a", longest}) {
    expect_quota(report, "an odd list of groups", 0,
                 {{"proc/self/cgroup", text}, {"sys/fs/cgroup/a/cpu.max", "100000 100000\n"}});
  }
  expect_quota(
      report, "more than any machine has", 1 << 20,
      {{"proc/self/cgroup", "0::/"}, {"sys/fs/cgroup/cpu.max", "99999999999999999999 1\n"}});
  const std::string folder = "sys/fs/cgroup/cpu/cpu.cfs_quota_us";
  expect_quota(report, "a quota without its period", 0,
               {{"proc/self/cgroup", "4:cpu:/\n"}, {folder.c_str(), "100000\n"}});
}

struct Cache {
  int level;
  const char *type, *size, *shared;
};

void expect_caches(Report& report, const char* what, CacheBytes want,
                   std::initializer_list<Cache> caches) {
  const Folder folder({});
  int index = 0;
  for (const Cache& cache : caches) {
    const fs::path to = fs::path(folder.path()) / "sys/devices/system/cpu/cpu5/cache" /
                        ("index" + std::to_string(index++));
    fs::create_directories(to);
    std::ofstream(to / "level") << cache.level << '\n';
    std::ofstream(to / "type") << cache.type << '\n';
    std::ofstream(to / "size") << cache.size << '\n';
    std::ofstream(to / "shared_cpu_list") << cache.shared << '\n';
  }
  const CacheBytes got = cache_bytes_of(5, folder.path().c_str());
  report.expect(got.l2 == want.l2 && got.l3 == want.l3, [&] {
    return std::string(what) + ": got " + std::to_string(got.l2) + ", " + std::to_string(got.l3);
  });
}

void check_caches(Report& report) {
  constexpr std::int64_t kKiB = 1024, kMiB = 1024 * kKiB;
  const Cache code{1, "Instruction", "32K", "5"}, data{1, "Data", "48K", "5"};
  expect_caches(report, "no files", {0, 0}, {});
  expect_caches(report, "a core's own second level", {kMiB, 32 * kMiB},
                {data, code, {2, "Unified", "1024K", "5"}, {3, "Unified", "32768K", "0-7"}});
  expect_caches(report, "two threads a core", {512 * kKiB, 16 * kMiB},
                {{1, "Data", "32K", "5,13"},
                 {1, "Instruction", "32K", "5,13"},
                 {2, "Unified", "512K", "5,13"},
                 {3, "Unified", "16M", "0-7,8-15"}});
  expect_caches(report, "a second level for four cores, no third", {kMiB, 4 * kMiB},
                {data, code, {2, "Unified", "4M", "4-7"}});
  expect_caches(report, "no sizes", {0, 0}, {{2, "Unified", "", "5"}, {3, "Unified", "?K", "5"}});
  expect_caches(report, "odd lists", {kMiB, 2 * kMiB},
                {{2, "Unified", "1M", ""}, {3, "Unified", "2M", "7-,--,x"}});
  const CacheBytes here = cache_bytes(), again = cache_bytes();
  report.expect(here.l2 > 0 && here.l3 > 0, [] { return "the caches of this machine: none"; });
  report.expect(here.l2 == again.l2 && here.l3 == again.l3,
                [] { return "the caches of this machine: twice asked, two answers"; });
  report.remark("caches here: " + std::to_string(here.l2 / kKiB) + " KiB and " +
                std::to_string(here.l3 / kKiB) + " KiB");
}

}  // namespace

void check_system(const Context& context) {
  Report& report = context.report;
  check_one_tree(report);
  check_older_trees(report);
  check_odd_files(report);
  check_caches(report);
  const int cpus = available_cpus();
  report.expect(cpus >= 1, [&] { return "available CPUs: " + std::to_string(cpus); });
}

}  // namespace pyrnn::check
