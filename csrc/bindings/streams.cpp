// Chains of layers, and sessions that run them one step at a time.
#include "bindings/module.h"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <variant>

#include "bindings/arguments.h"
#include "bindings/gil.h"
#include "bindings/links.h"
#include "bindings/session_states.h"
#include "cpu/engine/indices.h"
#include "dispatch/dispatch.h"

namespace pyrnn {
namespace {

using i64 = std::int64_t;

/// The sessions of a chain; one call at a time.
struct SessionsObject {
  std::variant<std::unique_ptr<Sessions<float>>, std::unique_ptr<Sessions<double>>> of;
  std::atomic<bool> busy{false};
};

/// Marks sessions as in use. Where a step is short, Python's lock is held, and nobody else comes;
/// a second thread that comes during a long one is refused, not kept waiting.
class Turn {
 public:
  explicit Turn(const py::handle& value)
      : sessions_(expect_object<SessionsObject>(value, "sessions", "sessions returns")) {
    if (sessions_.busy.exchange(true, std::memory_order_acquire)) {
      throw std::runtime_error("stream: another thread's call is at work on it");
    }
  }
  ~Turn() { sessions_.busy.store(false, std::memory_order_release); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  /// f(Sessions<T>&)
  template <class F>
  decltype(auto) with(F&& f) {
    return std::visit([&](auto& of) -> decltype(auto) { return f(*of); }, sessions_.of);
  }

 private:
  SessionsObject& sessions_;
};

template <class T>
ChainObject chain_as(const py::list& parts) {
  std::vector<Link<T>> links = links_of<T>(parts);
  const KernelTable& table = current_table();
  const ReleaseGil release(1e9);
  return {std::make_shared<const Chain<T>>(table, std::move(links))};
}

ChainObject chain(const py::list& parts, bool float64) {
  return float64 ? chain_as<double>(parts) : chain_as<float>(parts);
}

std::unique_ptr<SessionsObject> sessions(const py::object& value) {
  auto made = std::make_unique<SessionsObject>();
  std::visit(
      [&](const auto& of) {
        using T = std::remove_reference_t<decltype(of->kernels())>;
        if constexpr (std::is_same_v<T, const ArrayKernels<float>>) {
          made->of = std::make_unique<Sessions<float>>(of);
        } else {
          made->of = std::make_unique<Sessions<double>>(of);
        }
      },
      expect_object<ChainObject>(value, "chain", "chain returns").of);
  return made;
}

/// A whole number; TypeError for what is none, `other` for one that no int64 holds.
i64 whole(const py::handle& value, const char* name, i64 other) {
  py::object number;
  if (!PyBool_Check(value.ptr()) && PyIndex_Check(value.ptr())) {
    number = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
    PyErr_Clear();  // an array of several, which has no index after all
  }
  if (!number) {
    throw py::type_error(std::string(name) + ": expected an integer; got " + type_name(value));
  }
  int overflow = 0;
  const i64 result = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
  return overflow ? other : result;
}

template <class T>
i64 slot_of(const Sessions<T>& sessions, const py::handle& value) {
  const i64 id = whole(value, "id", -1), slot = sessions.ids().slot(id);
  if (slot >= 0) return slot;
  throw py::value_error("id: expected that of an open session; got " + std::string(py::str(value)) +
                        (sessions.ids().was_open(id) ? ", which is closed" : ""));
}

/// The lengths of one axis or two: a step makes no vector of them.
struct Lengths {
  int axes;
  py::ssize_t of[2];

  operator Shape() const { return Shape(of, of + axes); }
};

/// Whether a value is an array of T's, of these lengths, that lies as kernels read it.
template <class T>
bool is_plain(const py::handle& value, const Lengths& lengths) {
  constexpr int kWanted = static_cast<int>(py::array::c_style) |
                          static_cast<int>(py::detail::npy_api::NPY_ARRAY_ALIGNED_);
  if (!py::isinstance<py::array_t<T>>(value)) return false;
  const auto array = py::reinterpret_borrow<py::array>(value);
  return (array.flags() & kWanted) == kWanted && array.ndim() == lengths.axes &&
         std::equal(lengths.of, lengths.of + lengths.axes, array.shape());
}

/// The array that a step fills: the caller's, or a new one. (By pybind11's constructor a new one
/// takes 0.1 us longer.)
template <class T>
py::array_t<T> result_array(const py::object& out, const Lengths& lengths) {
  if (out.is_none()) {
    const auto& numpy = py::detail::npy_api::get();
    const auto array = py::reinterpret_steal<py::array_t<T>>(
        numpy.PyArray_NewFromDescr_(numpy.PyArray_Type_, py::dtype::of<T>().release().ptr(),
                                    lengths.axes, lengths.of, nullptr, nullptr, 0, nullptr));
    if (!array) throw py::error_already_set();
    return array;
  }
  if (!is_plain<T>(out, lengths)) expect_array<T>(out, "out", lengths);  // it says what is wrong
  auto array = py::reinterpret_borrow<py::array_t<T>>(out);
  if (!array.writeable()) throw py::value_error("out: expected an array that may be written to");
  return array;
}

/// Whether the memory of two arrays has a byte in common.
bool overlap(const py::array& a, const py::array& b) {
  const auto first = reinterpret_cast<std::uintptr_t>(a.data());
  const auto second = reinterpret_cast<std::uintptr_t>(b.data());
  return first < second + static_cast<std::uintptr_t>(b.nbytes()) &&
         second < first + static_cast<std::uintptr_t>(a.nbytes());
}

/// x, or a copy of it where it is strided, or where the result is to be written over it.
template <class T>
py::array_t<T> step_numbers(const py::object& x, const Lengths& lengths, const py::array& out) {
  if (is_plain<T>(x, lengths)) {
    const auto array = py::reinterpret_borrow<py::array_t<T>>(x);
    if (!overlap(array, out)) return array;
  }
  const bool array = py::isinstance<py::array_t<T>>(x);
  return expect_array<T>(array ? x.attr("copy")() : x, "x", lengths);
}

template <class T>
py::object step_as(Sessions<T>& sessions, const py::object& x, const py::object& out) {
  const Chain<T>& chain = sessions.chain();
  if (sessions.ids().count() == 0 || !sessions.ids().is_open(0)) {
    throw py::value_error("sessions: expected one that is open; got none");
  }
  sessions.choose_slot(0);
  py::array_t<T> result = result_array<T>(out, {1, {chain.out()}});
  T* const to = result.mutable_data();
  if (chain.takes_ids()) {
    const i64 id = whole(x, "x", -1);
    sessions.read_ids(&id, 1);
    const ReleaseGil release(chain.flops());
    sessions.step(1, nullptr, to);
    return result;
  }
  const py::array_t<T> numbers = step_numbers<T>(x, {1, {chain.in()}}, result);
  const T* const from = numbers.data();
  const ReleaseGil release(chain.flops());
  sessions.step(1, from, to);
  return result;
}

/// One step of the session that was opened first.
py::object step(const py::object& value, const py::object& x, const py::object& out) {
  Turn turn(value);
  return turn.with([&](auto& sessions) { return step_as(sessions, x, out); });
}

template <class T>
py::object steps_as(Sessions<T>& sessions, const py::object& ids, const py::object& x,
                    const py::object& out) {
  const Chain<T>& chain = sessions.chain();
  const auto given = expect_array<i64>(ids, "ids", 1);
  const i64 n = given.size();
  const double flops = static_cast<double>(n) * chain.flops();
  sessions.choose(given.data(), n);
  py::array_t<T> result = result_array<T>(out, {2, {n, chain.out()}});
  T* const to = result.mutable_data();
  if (chain.takes_ids()) {
    sessions.read_ids(expect_array<i64>(x, "x", Shape{n}).data(), n);
    const ReleaseGil release(flops);
    sessions.step(n, nullptr, to);
    return result;
  }
  const py::array_t<T> numbers = step_numbers<T>(x, {2, {n, chain.in()}}, result);
  const T* const from = numbers.data();
  const ReleaseGil release(flops);
  sessions.step(n, from, to);
  return result;
}

/// One step of several sessions.
py::object steps(const py::object& value, const py::object& ids, const py::object& x,
                 const py::object& out) {
  Turn turn(value);
  return turn.with([&](auto& sessions) { return steps_as(sessions, ids, x, out); });
}

template <class T>
py::object run_as(Sessions<T>& sessions, i64 slot, const py::object& xs) {
  const Chain<T>& chain = sessions.chain();
  Buffer<i64> ids;
  const T* x = nullptr;
  i64 steps = 0;
  if (chain.takes_ids()) {
    const auto given = expect_array<i64>(xs, "xs", 1);
    steps = given.size();
    ids = Buffer<i64>(steps);
    keep_indices(given.data(), steps, ids.get(), [&](i64 id, i64) {
      expect_index<std::out_of_range>("xs", id, chain.vocabulary() - 1);
    });
  } else {
    const auto given = expect_array<T>(xs, "xs", 2);
    steps = given.shape(0);
    x = expect_array<T>(xs, "xs", Shape{steps, chain.in()}).data();
  }
  py::array_t<T> result = new_array<T>({steps, chain.out()}, "xs");
  if (steps == 0) return result;
  T* const to = result.mutable_data();
  const ReleaseGil release(static_cast<double>(steps) * chain.flops());
  sessions.run(slot, steps, x, ids.get(), to);
  return result;
}

/// A block of steps of one session.
py::object run(const py::object& value, const py::object& id, const py::object& xs) {
  Turn turn(value);
  return turn.with([&](auto& sessions) { return run_as(sessions, slot_of(sessions, id), xs); });
}

i64 open(const py::object& value) {
  return Turn(value).with([](auto& sessions) { return sessions.open(); });
}

void close(const py::object& value, const py::object& id) {
  Turn(value).with([&](auto& sessions) { sessions.close(slot_of(sessions, id)); });
}

void reset(const py::object& value, const py::object& id) {
  Turn(value).with([&](auto& sessions) { sessions.reset(slot_of(sessions, id)); });
}

/// The ids of the open sessions, those of low slots first.
py::object opened(const py::object& value) {
  return Turn(value).with([](auto& sessions) -> py::object {
    const SessionIds& ids = sessions.ids();
    py::array_t<i64> array(static_cast<py::ssize_t>(ids.opened()));
    i64* to = array.mutable_data();
    for (i64 slot = 0; slot < ids.count(); ++slot) {
      if (ids.is_open(slot)) *to++ = ids.id_of(slot);
    }
    return array;
  });
}

/// The states of a session: h (L, P) of each stack, and c (L, H) behind it, where there is one.
py::list read(const py::object& value, const py::object& id) {
  return Turn(value).with(
      [&](auto& sessions) { return read_states(sessions, slot_of(sessions, id)); });
}

/// Sets what `read` gives.
void write(const py::object& value, const py::object& id, const py::list& states) {
  Turn(value).with([&](auto& sessions) { write_states(sessions, slot_of(sessions, id), states); });
}

}  // namespace

void register_streams(py::module_& m) {
  py::class_<ChainObject>(m, "Chain", py::is_final(), "Layers one behind the other.");
  py::class_<SessionsObject>(m, "Sessions", py::is_final(), "Sessions of a chain.");
  m.def("chain", &chain, py::arg("parts"), py::arg("float64"));
  m.def("sessions", &sessions, py::arg("chain"));
  m.def("open_session", &open, py::arg("sessions"));
  m.def("close_session", &close, py::arg("sessions"), py::arg("id"));
  m.def("reset_session", &reset, py::arg("sessions"), py::arg("id"));
  m.def("read_session", &read, py::arg("sessions"), py::arg("id"));
  m.def("write_session", &write, py::arg("sessions"), py::arg("id"), py::arg("states"));
  m.def("run_session", &run, py::arg("sessions"), py::arg("id"), py::arg("xs"));
  m.def("open_sessions", &opened, py::arg("sessions"));
  m.def("step", &step, py::arg("sessions"), py::arg("x"), py::arg("out"));
  m.def("steps", &steps, py::arg("sessions"), py::arg("ids"), py::arg("x"), py::arg("out"));
}

}  // namespace pyrnn
