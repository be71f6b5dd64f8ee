#include "telemetry/metrics.h"

#include <gtest/gtest.h>
#include <thread>

namespace ambit::telemetry {
namespace {

TEST(Metrics, ShowsCountersByNameWithHelpAndLabels) {
  Metrics metrics;
  metrics.counter("ambit_b_total", "of b").add(2);
  metrics.counter("ambit_a_total", "of a", {{"kind", "y"}}).add();
  metrics.counter("ambit_a_total", "ignored", {{"kind", "x"}}).add(3);
  EXPECT_EQ(metrics.expose(),
            "# HELP ambit_a_total of a\n"
            "# TYPE ambit_a_total counter\n"
            "ambit_a_total{kind=\"x\"} 3\n"
            "ambit_a_total{kind=\"y\"} 1\n"
            "# HELP ambit_b_total of b\n"
            "# TYPE ambit_b_total counter\n"
            "ambit_b_total 2\n");
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameSeries) {
  Metrics metrics;
  Counter& first = metrics.counter("ambit_a_total", "a", {{"k", "v"}});
  EXPECT_EQ(&first, &metrics.counter("ambit_a_total", "a", {{"k", "v"}}));
  EXPECT_NE(&first, &metrics.counter("ambit_a_total", "a", {{"k", "w"}}));
}

TEST(Metrics, ShowsCumulativeHistogramBuckets) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("ambit_h_seconds", "h", {0.5, 1}, {{"door", "d"}});
  histogram.observe(0.25);
  histogram.observe(0.5);  // a bound belongs to its own bucket
  histogram.observe(0.75);
  histogram.observe(8);
  EXPECT_EQ(metrics.expose(),
            "# HELP ambit_h_seconds h\n"
            "# TYPE ambit_h_seconds histogram\n"
            "ambit_h_seconds_bucket{door=\"d\",le=\"0.5\"} 2\n"
            "ambit_h_seconds_bucket{door=\"d\",le=\"1\"} 3\n"
            "ambit_h_seconds_bucket{door=\"d\",le=\"+Inf\"} 4\n"
            "ambit_h_seconds_sum{door=\"d\"} 9.5\n"
            "ambit_h_seconds_count{door=\"d\"} 4\n");
}

TEST(Metrics, AsksCollectorsAtEachExposition) {
  Metrics metrics;
  int asked = 0;
  metrics.on_expose([&](Collector& collector) {
    ++asked;
    collector.add("ambit_open_tasks", MetricType::kGauge, "open", asked);
    collector.add("ambit_x_total", MetricType::kCounter, "x", 1, {{"v", "a\"\\\nb"}});
  });
  metrics.expose();
  EXPECT_EQ(metrics.expose(),
            "# HELP ambit_open_tasks open\n# TYPE ambit_open_tasks gauge\nambit_open_tasks 2\n"
            "# HELP ambit_x_total x\n# TYPE ambit_x_total counter\n"
            "ambit_x_total{v=\"a\\\"\\\\\\nb\"} 1\n");
}

TEST(Metrics, WritesNumbersOfEverySize) {
  Metrics metrics;
  metrics.on_expose([](Collector& collector) {
    for (const double value : {0.0, 0.0001, 2500000.0, -1.5, 1e300, 1e-300}) {
      collector.add("ambit_v", MetricType::kGauge, "v", value);
    }
  });
  EXPECT_EQ(metrics.expose(),
            "# HELP ambit_v v\n# TYPE ambit_v gauge\nambit_v 0\nambit_v 0.0001\n"
            "ambit_v 2500000\nambit_v -1.5\nambit_v 1e+300\nambit_v 1e-300\n");
}

TEST(Metrics, CountsFromManyThreads) {
  Metrics metrics;
  Counter& counter = metrics.counter("ambit_a_total", "a");
  Histogram& histogram = metrics.histogram("ambit_h_seconds", "h", {1});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) {
        counter.add();
        histogram.observe(0.5);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 40'000u);
  EXPECT_EQ(histogram.read().cumulative.back(), 40'000u);
  EXPECT_EQ(histogram.read().sum, 20'000.0);
}

}  // namespace
}  // namespace ambit::telemetry
