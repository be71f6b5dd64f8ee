#include <algorithm>
#include <optional>
#include <string>

#include "text/internal/pattern.h"
#include "text/utf8.h"

namespace ambit::text::internal {
namespace {

constexpr std::size_t kMaxSteps = 4096;
constexpr std::size_t kMaxWork = 20'000;
constexpr std::size_t kMaxNesting = 64;
constexpr std::size_t kMaxSourceBytes = 4096;
constexpr std::uint32_t kLastPoint = 0x10FFFF;
constexpr std::string_view kSyntax = "^$\\.*+?()[]{}|/";

using Ranges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Ranges sorted_union(Ranges ranges) {
  std::sort(ranges.begin(), ranges.end());
  Ranges out;
  for (const auto& range : ranges) {
    if (!out.empty() && range.first <= out.back().second + 1) {
      out.back().second = std::max(out.back().second, range.second);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

Ranges complement(Ranges ranges) {
  Ranges out;
  std::uint32_t next = 0;
  for (const auto& [first, last] : sorted_union(std::move(ranges))) {
    if (first > next) out.emplace_back(next, first - 1);
    next = last + 1;
  }
  if (next <= kLastPoint) out.emplace_back(next, kLastPoint);
  return out;
}

const Ranges kDigits{{'0', '9'}};
const Ranges kWord{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
// ECMA-262 WhiteSpace and LineTerminator.
const Ranges kSpace{{'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680},
                    {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
                    {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
const Ranges kLineEnds{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};

// `\d` and its like; nothing for another letter.
std::optional<Ranges> class_escape(std::uint32_t letter) {
  switch (letter) {
    case 'd': return kDigits;
    case 'D': return complement(kDigits);
    case 'w': return kWord;
    case 'W': return complement(kWord);
    case 's': return kSpace;
    case 'S': return complement(kSpace);
    default: return std::nullopt;
  }
}

std::optional<std::uint32_t> control_escape(std::uint32_t letter) {
  switch (letter) {
    case 't': return '\t';
    case 'n': return '\n';
    case 'v': return '\v';
    case 'f': return '\f';
    case 'r': return '\r';
    default: return std::nullopt;
  }
}

// Precondition: `text` is UTF-8, as all JSON is.
std::u32string decode(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    out += static_cast<char32_t>(next.value);
    text.remove_prefix(std::max<std::size_t>(next.length, 1));
  }
  return out;
}

}  // namespace

// Recursive descent that emits the automaton as it reads. A repetition with a count reads its atom
// again for each copy.
class PatternCompiler {
 public:
  explicit PatternCompiler(std::string_view source) : source_(decode(source)) {}

  Result<Pattern> run() {
    AMBIT_CHECK_OK(alternatives(0));
    if (at_ < source_.size()) return refuse("a `)` without its `(`");
    AMBIT_CHECK_OK(emit(Pattern::Op::kMatch));
    return std::move(out_);
  }

 private:
  using Op = Pattern::Op;

  tl::unexpected<Error> refuse(const std::string& what) const {
    return fail(Code::kUnsupported, "schema.unsupported",
                what + " at character " + std::to_string(at_ + 1));
  }

  bool done() const { return at_ >= source_.size(); }
  char32_t peek() const { return done() ? U'\0' : source_[at_]; }
  bool is(char32_t c) const { return !done() && source_[at_] == c; }
  bool take(char32_t c) {
    if (!is(c)) return false;
    ++at_;
    return true;
  }

  std::uint32_t here() const { return static_cast<std::uint32_t>(out_.program_.size()); }

  Result<> emit(Op op, std::uint32_t next = 0, std::uint32_t other = 0) {
    if (out_.program_.size() >= kMaxSteps) return refuse("more repetition than is allowed");
    out_.program_.push_back({op, next, other});
    return {};
  }

  Result<> emit_set(Ranges ranges) {
    Pattern::Set set;
    set.ranges = sorted_union(std::move(ranges));
    for (const auto& [first, last] : set.ranges) {
      for (std::uint32_t point = first; point <= last && point < 128; ++point) set.ascii.set(point);
    }
    out_.sets_.push_back(std::move(set));
    return emit(Op::kSet, static_cast<std::uint32_t>(out_.sets_.size() - 1));
  }

  // Makes room for a step before what was emitted since `from`. What lies behind moves, and so do
  // the targets inside it, which never point before `from`.
  Result<> insert(std::uint32_t from, Op op) {
    AMBIT_CHECK_OK(emit(Op::kMatch));
    auto& program = out_.program_;
    std::move_backward(program.begin() + from, program.end() - 1, program.end());
    for (std::size_t i = from + 1; i < program.size(); ++i) {
      if (program[i].op == Op::kJump || program[i].op == Op::kSplit) ++program[i].next;
      if (program[i].op == Op::kSplit) ++program[i].other;
    }
    program[from] = {op, 0, 0};
    return {};
  }

  Result<> alternatives(std::size_t nesting) {
    if (nesting > kMaxNesting) return refuse("a group nested too deeply");
    const std::uint32_t start = here();
    AMBIT_CHECK_OK(sequence(nesting));
    if (!take('|')) return {};
    // split start', rest; start'...; jump end; rest...
    AMBIT_CHECK_OK(insert(start, Op::kSplit));
    const std::uint32_t jump = here();
    AMBIT_CHECK_OK(emit(Op::kJump));
    out_.program_[start] = {Op::kSplit, start + 1, here()};
    AMBIT_CHECK_OK(alternatives(nesting + 1));
    out_.program_[jump].next = here();
    return {};
  }

  Result<> sequence(std::size_t nesting) {
    while (!done() && !is('|') && !is(')')) AMBIT_CHECK_OK(term(nesting));
    return {};
  }

  Result<> term(std::size_t nesting) {
    if (take('^')) return emit(Op::kBegin);
    if (take('$')) return emit(Op::kEnd);
    const std::size_t source_start = at_;
    const std::uint32_t start = here();
    const std::size_t sets = out_.sets_.size();
    AMBIT_CHECK_OK(atom(nesting));
    const std::size_t source_end = at_;
    std::size_t least = 1;
    std::size_t most = 1;  // zero: without end
    AMBIT_TRY(const bool repeated, quantifier(least, most));
    if (!repeated) return {};
    const std::size_t after = at_;
    out_.program_.resize(start);
    out_.sets_.resize(sets);
    const auto copy = [&]() -> Result<> {
      at_ = source_start;
      auto copied = atom(nesting);
      if (copied) at_ = source_end;
      return copied;
    };
    for (std::size_t i = 0; i < least; ++i) AMBIT_CHECK_OK(copy());
    if (most == 0) {
      AMBIT_CHECK_OK(repeat_without_end(copy));
    } else {
      for (std::size_t i = least; i < most; ++i) AMBIT_CHECK_OK(maybe(copy));
    }
    at_ = after;
    return {};
  }

  template <class Copy>
  Result<> repeat_without_end(const Copy& copy) {
    const std::uint32_t split = here();
    AMBIT_CHECK_OK(emit(Op::kSplit));
    AMBIT_CHECK_OK(copy());
    AMBIT_CHECK_OK(emit(Op::kJump, split));
    out_.program_[split] = {Op::kSplit, split + 1, here()};
    return {};
  }

  template <class Copy>
  Result<> maybe(const Copy& copy) {
    const std::uint32_t split = here();
    AMBIT_CHECK_OK(emit(Op::kSplit));
    AMBIT_CHECK_OK(copy());
    out_.program_[split] = {Op::kSplit, split + 1, here()};
    return {};
  }

  // `most` is zero when there is no end.
  Result<bool> quantifier(std::size_t& least, std::size_t& most) {
    if (take('*')) {
      least = most = 0;
    } else if (take('+')) {
      least = 1;
      most = 0;
    } else if (take('?')) {
      least = 0;
    } else if (take('{')) {
      AMBIT_TRY(least, number());
      most = least;
      if (take(',')) {
        most = 0;
        if (!is('}')) {
          AMBIT_TRY(most, number());
          if (most < least) return refuse("a repetition whose end lies before its start");
          if (most == 0) return refuse("a repetition of zero times");
        }
      } else if (most == 0) {
        return refuse("a repetition of zero times");
      }
      if (!take('}')) return refuse("a repetition without its `}`");
    } else {
      return false;
    }
    take('?');  // lazy or not, the same texts match
    return true;
  }

  Result<std::size_t> number() {
    std::size_t value = 0;
    const std::size_t start = at_;
    while (!done() && peek() >= '0' && peek() <= '9') {
      value = value * 10 + (source_[at_++] - U'0');
      if (value > kMaxSteps) return refuse("more repetition than is allowed");
    }
    if (at_ == start) return refuse("a repetition without a number");
    return value;
  }

  Result<> atom(std::size_t nesting) {
    if (++work_ > kMaxWork) return refuse("more repetition than is allowed");
    if (take('.')) return emit_set(complement(kLineEnds));
    if (take('[')) return bracket();
    if (take('(')) return group(nesting);
    if (take('\\')) {
      if (auto ranges = class_escape(peek())) {
        ++at_;
        return emit_set(*std::move(ranges));
      }
      AMBIT_TRY(const std::uint32_t point, escape(false));
      return emit_set({{point, point}});
    }
    if (peek() < 128 && kSyntax.find(static_cast<char>(peek())) != std::string_view::npos &&
        !is('/')) {
      return refuse("a misplaced `" + std::string(1, static_cast<char>(peek())) + "`");
    }
    const std::uint32_t point = source_[at_++];
    return emit_set({{point, point}});
  }

  Result<> group(std::size_t nesting) {
    if (take('?')) {
      if (take('<')) {
        if (is('=') || is('!')) return refuse("a look-behind");
        while (!done() && !is('>')) ++at_;
        if (!take('>')) return refuse("a group name without its `>`");
      } else if (!take(':')) {
        return refuse("a look-ahead or a flag");
      }
    }
    AMBIT_CHECK_OK(alternatives(nesting + 1));
    if (!take(')')) return refuse("a `(` without its `)`");
    return {};
  }

  // After `[`.
  Result<> bracket() {
    const bool negated = take('^');
    Ranges ranges;
    while (!take(']')) {
      if (done()) return refuse("a `[` without its `]`");
      AMBIT_TRY(const Ranges first, class_member());
      const bool is_range = is('-') && at_ + 1 < source_.size() && source_[at_ + 1] != ']';
      if (!is_range) {
        ranges.insert(ranges.end(), first.begin(), first.end());
        continue;
      }
      ++at_;
      AMBIT_TRY(const Ranges last, class_member());
      const bool are_points = first.size() == 1 && first[0].first == first[0].second &&
                              last.size() == 1 && last[0].first == last[0].second;
      if (!are_points || last[0].first < first[0].first) return refuse("a range out of order");
      ranges.emplace_back(first[0].first, last[0].first);
    }
    return emit_set(negated ? complement(std::move(ranges)) : std::move(ranges));
  }

  Result<Ranges> class_member() {
    if (++work_ > kMaxWork) return refuse("more repetition than is allowed");
    if (!take('\\')) {
      if (done()) return refuse("a `[` without its `]`");
      const std::uint32_t point = source_[at_++];
      return Ranges{{point, point}};
    }
    if (auto ranges = class_escape(peek())) {
      ++at_;
      return *std::move(ranges);
    }
    AMBIT_TRY(const std::uint32_t point, escape(true));
    return Ranges{{point, point}};
  }

  // After `\`, for what stands for one code point.
  Result<std::uint32_t> escape(bool in_class) {
    if (done()) return refuse("a `\\` with nothing behind it");
    const char32_t letter = peek();
    if (const auto point = control_escape(letter)) {
      ++at_;
      return *point;
    }
    if (letter == 'b' && in_class) {
      ++at_;
      return '\b';
    }
    if (take('x')) return hex(2);
    if (take('u')) return unicode_escape();
    const bool is_punctuation = letter > ' ' && letter < 127 && !(letter >= '0' && letter <= '9') &&
                                !(letter >= 'A' && letter <= 'Z') &&
                                !(letter >= 'a' && letter <= 'z') && letter != '_';
    if (!is_punctuation) return refuse("an unknown escape");
    ++at_;
    return letter;
  }

  Result<std::uint32_t> hex(int digits) {
    std::uint32_t value = 0;
    for (int i = 0; i < digits; ++i) {
      const char32_t c = peek();
      if (c >= '0' && c <= '9') {
        value = value * 16 + (c - U'0');
      } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
        value = value * 16 + ((c | 0x20u) - U'a' + 10);
      } else {
        return refuse("an escape with too few hexadecimal digits");
      }
      ++at_;
    }
    return value;
  }

  // After `\u`: four digits, two times four for a surrogate pair, or digits in braces.
  Result<std::uint32_t> unicode_escape() {
    if (take('{')) {
      std::uint32_t value = 0;
      int digits = 0;
      for (; !is('}') && digits < 6; ++digits) {
        AMBIT_TRY(const std::uint32_t digit, hex(1));
        value = value * 16 + digit;
      }
      if (digits == 0 || !take('}') || value > kLastPoint) return refuse("an unknown escape");
      return value;
    }
    AMBIT_TRY(const std::uint32_t first, hex(4));
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || !take('\\') || !take('u')) return refuse("half a surrogate pair");
    AMBIT_TRY(const std::uint32_t second, hex(4));
    if (second < 0xDC00 || second > 0xDFFF) return refuse("half a surrogate pair");
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }

  std::u32string source_;
  std::size_t at_ = 0;
  std::size_t work_ = 0;
  Pattern out_;
};

Result<Pattern> Pattern::compile(std::string_view source) {
  if (source.size() > kMaxSourceBytes) {
    return fail(Code::kUnsupported, "schema.unsupported",
                "more than " + std::to_string(kMaxSourceBytes) + " bytes");
  }
  return PatternCompiler(source).run();
}

}  // namespace ambit::text::internal
