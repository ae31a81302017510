#include "mcp/tokens.h"

#include <cstdint>

namespace stream_status::mcp {
namespace {

// Hundredths of a token, measured as the most that random text of a kind costs on average.
constexpr std::size_t kUnit = 100;
constexpr std::size_t kForLetter = 28;
constexpr std::size_t kForThirdOfAKind = 65;  ///< besides, from the third vowel or consonant in a row on
constexpr std::size_t kForDigit = 35;
constexpr std::size_t kForNumber = 30;  ///< besides, where one begins
constexpr std::size_t kForSeam = 60;    ///< besides, where no word goes on: b64, aB, 漢a
constexpr std::size_t kForBlank = 22;
constexpr std::size_t kForMark = 42;  ///< marks that stand together in prose, JSON and paths
constexpr std::size_t kForRareMark = 85;

enum class Kind : std::uint8_t { kNone, kLower, kUpper, kDigit, kMark, kOther };

bool is_letter(Kind kind) { return kind == Kind::kLower || kind == Kind::kUpper; }

bool is_vowel(char c) { return std::string_view("aeiouyAEIOUY").find(c) != std::string_view::npos; }

bool is_common_mark(char c) { return std::string_view("\"{}:,-./_\n").find(c) != std::string_view::npos; }

bool is_continuation(std::uint8_t byte) { return (byte & 0xc0) == 0x80; }

/// Of a character beyond ASCII, by its first two bytes: alphabets in use cost a token a letter, ideographs two, what is
/// rare a token a byte.
std::size_t weight_of_character(std::uint8_t first, std::uint8_t second) {
  if (first < 0xe0) {
    if (first == 0xd0 || first == 0xd1) return 110;                      // Cyrillic
    if (first == 0xc3 || first == 0xce || first == 0xd5) return 120;     // Latin, Greek, Armenian
    return first == 0xd7 || first == 0xd8 || first == 0xd9 ? 150 : 200;  // Hebrew, Arabic
  }
  if (first < 0xf0) {
    if (first == 0xe0) return 180;                         // Indic, Thai
    if (first == 0xe3) return second <= 0x83 ? 150 : 300;  // kana
    if (first >= 0xe5 && first <= 0xe9) return 210;        // ideographs
    return first >= 0xeb && first <= 0xed ? 235 : 300;     // Hangul
  }
  return first == 0xf0 && second == 0x9f ? 280 : 400;  // emoji
}

/// Adds up character by character.
class Meter {
 public:
  /// Reads the character at the front; gives how many bytes it has.
  std::size_t read(std::string_view text) {
    const char c = text.front();
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x80) return read_beyond_ascii(text, byte);
    const bool is_lower = c >= 'a' && c <= 'z';
    if (is_lower || (c >= 'A' && c <= 'Z'))
      read_letter(c, is_lower ? Kind::kLower : Kind::kUpper);
    else if (c >= '0' && c <= '9')
      read_digit();
    else
      read_mark(c);
    return 1;
  }

  std::size_t tokens() const { return (units_ + kUnit - 1) / kUnit; }

 private:
  void read_letter(char c, Kind kind) {
    const bool vowel = is_vowel(c);
    alike_ = is_letter(last_) && vowel == was_vowel_ ? alike_ + 1 : 1;
    was_vowel_ = vowel;
    units_ += kForLetter + (alike_ >= 3 ? kForThirdOfAKind : 0);
    if (last_ == Kind::kDigit || last_ == Kind::kOther || (last_ == Kind::kLower && kind == Kind::kUpper))
      units_ += kForSeam;
    last_ = kind;
  }
  void read_digit() {
    units_ += kForDigit + (last_ == Kind::kDigit ? 0 : kForNumber) + (is_letter(last_) ? kForSeam : 0);
    last_ = Kind::kDigit;
  }
  void read_mark(char c) {
    units_ += c == ' ' ? kForBlank : is_common_mark(c) ? kForMark : kForRareMark;
    last_ = Kind::kMark;
  }
  std::size_t read_beyond_ascii(std::string_view text, std::uint8_t first) {
    std::size_t length = 1;
    while (length < text.size() && is_continuation(static_cast<std::uint8_t>(text[length]))) ++length;
    const std::uint8_t second = length > 1 ? static_cast<std::uint8_t>(text[1]) : std::uint8_t{0};
    units_ += weight_of_character(first, second);
    last_ = Kind::kOther;
    return length;
  }

  std::size_t units_ = 0;
  std::size_t alike_ = 0;  ///< vowels or consonants in a row
  bool was_vowel_ = false;
  Kind last_ = Kind::kNone;
};

}  // namespace

std::size_t estimate_tokens(std::string_view text) {
  Meter meter;
  for (std::size_t i = 0; i < text.size();) i += meter.read(text.substr(i));
  return meter.tokens();
}

std::string shorten_to_tokens(std::string_view text, std::size_t tokens) {
  if (text.size() <= tokens) return std::string(text);
  Meter meter;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = meter.read(text.substr(i));
    if (meter.tokens() > tokens) return std::string(text.substr(0, i)) + "…";
    i += length;
  }
  return std::string(text);
}

}  // namespace stream_status::mcp
