// Counters, gauges and histograms, shown in the Prometheus text format (version 0.0.4).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ambit::telemetry {

class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Observations counted in buckets whose upper bounds are fixed when it is made.
class Histogram {
 public:
  // `bounds` ascend; the bucket up to infinity is added.
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);

  struct Reading {
    std::vector<std::uint64_t> cumulative;  // one more than there are bounds
    double sum = 0;
  };
  Reading read() const;
  const std::vector<double>& bounds() const { return bounds_; }

 private:
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> buckets_;
  std::atomic<double> sum_{0};
};

// Bounds from 100 microseconds to 10 seconds, for times in seconds.
std::vector<double> latency_bounds();

// Label names are ours; values are escaped.
using Labels = std::vector<std::pair<std::string, std::string>>;

enum class MetricType { kCounter, kGauge };

// Takes the values that somebody else keeps, when metrics are asked for.
class Collector {
 public:
  virtual ~Collector() = default;
  virtual void add(std::string_view name, MetricType type, std::string_view help, double value,
                   const Labels& labels = {}) = 0;
};

// Every metric of the process; handed to whoever counts. Thread-safe. What it returns lives as long
// as it does.
class Metrics {
 public:
  // The series of `name` with these labels, made at the first call. `name` begins with `ambit_`, a
  // counter's ends with `_total`. All series of one name have the first call's help and bounds.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, std::vector<double> bounds,
                       const Labels& labels = {});

  // `collect` is called by each `expose`, on its thread.
  void on_expose(std::function<void(Collector&)> collect);

  // The exposition: families by name, each with HELP and TYPE.
  std::string expose() const;

 private:
  template <class T>
  struct Family {
    std::string help;
    std::map<std::string, std::unique_ptr<T>> series;  // by label text
  };

  mutable std::mutex mutex_;
  std::map<std::string, Family<Counter>> counters_;
  std::map<std::string, Family<Histogram>> histograms_;
  std::vector<std::function<void(Collector&)>> collectors_;
};

}  // namespace ambit::telemetry
