#include "telemetry/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace ambit::telemetry {
namespace {

void append_number(std::string& out, double value) {
  std::array<char, 64> buffer;
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e15);
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  out.append(buffer.data(), end);
}

// The exposition format escapes backslash and newline, and in label values the quote too.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quoted) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

// `a="x",b="y"`, without braces.
std::string label_text(const Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += name + "=\"";
    append_escaped(out, value, true);
    out += '"';
  }
  return out;
}

void append_head(std::string& out, std::string_view name, std::string_view type,
                 std::string_view help) {
  out.append("# HELP ").append(name).append(" ");
  append_escaped(out, help, false);
  out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, double value) {
  out += name;
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out += ' ';
  append_number(out, value);
  out += '\n';
}

std::string with_label(std::string labels, const std::string& name, const std::string& value) {
  if (!labels.empty()) labels += ',';
  return labels + name + "=\"" + value + "\"";
}

void append_histogram(std::string& out, const std::string& name, const std::string& labels,
                      const Histogram& histogram) {
  const Histogram::Reading reading = histogram.read();
  for (std::size_t i = 0; i < reading.cumulative.size(); ++i) {
    std::string bound = "+Inf";
    if (i < histogram.bounds().size()) {
      bound.clear();
      append_number(bound, histogram.bounds()[i]);
    }
    append_sample(out, name + "_bucket", with_label(labels, "le", bound),
                  static_cast<double>(reading.cumulative[i]));
  }
  append_sample(out, name + "_sum", labels, reading.sum);
  append_sample(out, name + "_count", labels, static_cast<double>(reading.cumulative.back()));
}

// Groups what the collectors say into families.
class FamilyCollector : public Collector {
 public:
  explicit FamilyCollector(std::map<std::string, std::string>& families) : families_(families) {}

  void add(std::string_view name, MetricType type, std::string_view help, double value,
           const Labels& labels) override {
    std::string& text = families_[std::string(name)];
    if (text.empty()) {
      append_head(text, name, type == MetricType::kCounter ? "counter" : "gauge", help);
    }
    append_sample(text, name, label_text(labels), value);
  }

 private:
  std::map<std::string, std::string>& families_;
};

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), buckets_(bounds_.size() + 1) {}

void Histogram::observe(double value) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Reading Histogram::read() const {
  Reading reading;
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) {
    total += bucket.load(std::memory_order_relaxed);
    reading.cumulative.push_back(total);
  }
  reading.sum = sum_.load(std::memory_order_relaxed);
  return reading;
}

std::vector<double> latency_bounds() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
          0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
}

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  auto& family = counters_[name];
  if (family.series.empty()) family.help = help;
  auto& series = family.series[label_text(labels)];
  if (!series) series = std::make_unique<Counter>();
  return *series;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              std::vector<double> bounds, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  auto& family = histograms_[name];
  if (family.series.empty()) {
    family.help = help;
  } else {
    bounds = family.series.begin()->second->bounds();
  }
  auto& series = family.series[label_text(labels)];
  if (!series) series = std::make_unique<Histogram>(std::move(bounds));
  return *series;
}

void Metrics::on_expose(std::function<void(Collector&)> collect) {
  const std::lock_guard lock(mutex_);
  collectors_.push_back(std::move(collect));
}

std::string Metrics::expose() const {
  std::map<std::string, std::string> families;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, family] : counters_) {
    std::string& text = families[name];
    append_head(text, name, "counter", family.help);
    for (const auto& [labels, series] : family.series) {
      append_sample(text, name, labels, static_cast<double>(series->value()));
    }
  }
  for (const auto& [name, family] : histograms_) {
    std::string& text = families[name];
    append_head(text, name, "histogram", family.help);
    for (const auto& [labels, series] : family.series) {
      append_histogram(text, name, labels, *series);
    }
  }
  FamilyCollector collector(families);
  for (const auto& collect : collectors_) collect(collector);
  std::string out;
  for (const auto& [name, text] : families) out += text;
  return out;
}

}  // namespace ambit::telemetry
