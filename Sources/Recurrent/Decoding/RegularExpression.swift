/// A regular expression in the usual notation, which a whole output must match:
///
/// - characters for themselves, `.` for any but the end of a line, `\` before one that has a meaning otherwise;
/// - `\d` for 0 to 9, `\w` for letters, marks and digits of any script and `_`, `\s` for white space, `\D`, `\W` and `\S` for
///   all others; `\n`, `\r`, `\t`, and `\u{1F600}` for a scalar by its number;
/// - `[abc]`, `[a-z\d]`, `[^...]` for one of a set, or one outside it;
/// - `(...)` and `(?:...)` for groups, `|` for alternatives;
/// - `*`, `+`, `?`, `{3}`, `{2,}`, `{2,5}` for repetition;
/// - `^` at the start and `$` at the end, which mean nothing here.
///
/// What looks ahead or back (`(?=`, `\b`, `\1`) is no regular language, and is refused.
public struct RegularExpression: Sendable, Hashable {
  public let pattern: String
  let node: Node

  indirect enum Node: Sendable, Hashable {
    /// One scalar of any of the ranges.
    case scalars([ClosedRange<UInt32>])
    case sequence([Node])
    case alternatives([Node])
    /// At least, and at most (nil for any number of) times.
    case repeated(Node, Int, Int?)
  }

  public init(_ pattern: String) throws(RegularExpressionError) {
    self.pattern = pattern
    var parser = RegularExpressionParser(pattern)
    node = try parser.parse()
  }
}

/// What is wrong with a regular expression, and where.
public struct RegularExpressionError: Error, Equatable, CustomStringConvertible {
  public let pattern: String
  /// Characters before the place, from 0.
  public let offset: Int
  public let detail: String

  public var description: String {
    "the regular expression '\(pattern)' cannot be read at character \(offset + 1): \(detail)"
  }
}

struct RegularExpressionParser {
  private let pattern: String
  private let scalars: [Unicode.Scalar]
  private var at = 0
  private var depth = 0

  /// Groups within groups; deeper ones would overflow the stack.
  private static let deepest = 200
  /// Of a count in braces.
  private static let largestCount = 10_000

  init(_ pattern: String) {
    self.pattern = pattern
    scalars = Array(pattern.unicodeScalars)
  }

  private func failure(_ detail: String) -> RegularExpressionError {
    RegularExpressionError(pattern: pattern, offset: at, detail: detail)
  }

  private var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    at += 1
    return true
  }

  mutating func parse() throws(RegularExpressionError) -> RegularExpression.Node {
    _ = take("^")
    let node = try alternatives()
    if take("$"), next == nil { return node }
    if next == ")" { throw failure("there is a ')' too many; write '\\)' for the character") }
    if next != nil { throw failure("'$' can stand at the end alone; write '\\$' for the character") }
    return node
  }

  private mutating func alternatives() throws(RegularExpressionError) -> RegularExpression.Node {
    var all = [try sequence()]
    while take("|") { all.append(try sequence()) }
    return all.count == 1 ? all[0] : .alternatives(all)
  }

  private mutating func sequence() throws(RegularExpressionError) -> RegularExpression.Node {
    var parts: [RegularExpression.Node] = []
    while let scalar = next, scalar != "|", scalar != ")", !(scalar == "$" && isEnd(at + 1)) {
      parts.append(try repetition(of: try atom()))
    }
    return .sequence(parts)
  }

  /// `$` ends the pattern, a group or an alternative.
  private func isEnd(_ index: Int) -> Bool { index >= scalars.count }

  private mutating func repetition(
    of node: RegularExpression.Node
  ) throws(RegularExpressionError) -> RegularExpression.Node {
    guard let scalar = next else { return node }
    let (least, most): (Int, Int?)
    switch scalar {
    case "*": (least, most) = (0, nil)
    case "+": (least, most) = (1, nil)
    case "?": (least, most) = (0, 1)
    case "{": (least, most) = try counts()
    default: return node
    }
    if scalar != "{" { at += 1 }
    // Lazy repetition matches the same texts.
    _ = take("?")
    // Repetitions of repetitions without end would overflow the stack, as groups would.
    if let again = next, "*+?{".unicodeScalars.contains(again) {
      throw failure("'\(again)' repeats a repetition; put that in a group, or write '\\\(again)' for the character")
    }
    return .repeated(node, least, most)
  }

  /// `{3}`, `{2,}` or `{2,5}`
  private mutating func counts() throws(RegularExpressionError) -> (Int, Int?) {
    at += 1
    func number(_ parser: inout Self) -> Int? {
      var value: Int?
      while let scalar = parser.next, let digit = Int(String(scalar)), scalar.isASCII, (value ?? 0) <= Self.largestCount
      {
        value = (value ?? 0) * 10 + digit
        parser.at += 1
      }
      return value
    }
    guard let least = number(&self) else {
      throw failure("a number is missing in braces; write '\\{' for the character")
    }
    var most: Int? = least
    if take(",") { most = number(&self) }
    guard take("}") else { throw failure("the braces are not closed; write '\\{' for the character") }
    guard least <= Self.largestCount, most ?? 0 <= Self.largestCount, least <= most ?? least else {
      throw failure("the numbers in braces must rise, up to \(Self.largestCount)")
    }
    return (least, most)
  }

  private mutating func atom() throws(RegularExpressionError) -> RegularExpression.Node {
    guard let scalar = next else { throw failure("something is missing here") }
    switch scalar {
    case "(":
      at += 1
      if take("?"), !take(":") { throw failure("only (?:...) is known among groups that begin with '(?'") }
      depth += 1
      defer { depth -= 1 }
      if depth > Self.deepest { throw failure("groups lie more than \(Self.deepest) deep") }
      let node = try alternatives()
      guard take(")") else { throw failure("a group is not closed; write '\\(' for the character") }
      return node
    case "[":
      at += 1
      return try .scalars(set())
    case ".":
      at += 1
      return .scalars(ScalarSet.complement([0x0A...0x0A]))
    case "*", "+", "?", "{": throw failure("there is nothing to repeat before '\(scalar)'")
    case "^", "$":
      throw failure("'\(scalar)' can stand at an end of the pattern alone; write '\\\(scalar)' for the character")
    case "\\":
      at += 1
      return try .scalars(escaped())
    default:
      at += 1
      return .scalars([scalar.value...scalar.value])
    }
  }

  /// What stands after a backslash.
  private mutating func escaped() throws(RegularExpressionError) -> [ClosedRange<UInt32>] {
    guard let scalar = next else { throw failure("a backslash ends the pattern") }
    at += 1
    switch scalar {
    case "d": return ScalarSet.digits
    case "D": return ScalarSet.complement(ScalarSet.digits)
    case "w": return ScalarSet.word
    case "W": return ScalarSet.complement(ScalarSet.word)
    case "s": return ScalarSet.space
    case "S": return ScalarSet.complement(ScalarSet.space)
    case "n": return [0x0A...0x0A]
    case "r": return [0x0D...0x0D]
    case "t": return [0x09...0x09]
    case "u":
      guard take("{") else { throw failure("a scalar is written as \\u{1F600}") }
      var digits = ""
      while let digit = next, digit != "}" {
        digits.unicodeScalars.append(digit)
        at += 1
      }
      guard take("}"), let value = UInt32(digits, radix: 16), Unicode.Scalar(value) != nil else {
        throw failure("a scalar is written as \\u{1F600}")
      }
      return [value...value]
    default:
      let isLetter = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      if isLetter { throw failure("'\\\(scalar)' is not known") }
      return [scalar.value...scalar.value]
    }
  }

  /// What stands between brackets.
  private mutating func set() throws(RegularExpressionError) -> [ClosedRange<UInt32>] {
    let negated = take("^")
    var ranges: [ClosedRange<UInt32>] = []
    var isFirst = true
    while isFirst || next != "]" {
      isFirst = false
      guard let scalar = next else { throw failure("a set is not closed; write '\\[' for the character") }
      at += 1
      let low = scalar == "\\" ? try escaped() : [scalar.value...scalar.value]
      guard next == "-", at + 1 < scalars.count, scalars[at + 1] != "]" else {
        ranges += low
        continue
      }
      at += 1
      let scalarHigh = scalars[at]
      at += 1
      let high = scalarHigh == "\\" ? try escaped() : [scalarHigh.value...scalarHigh.value]
      guard low.count == 1, high.count == 1, let from = low.first, let to = high.first, from.count == 1, to.count == 1,
        from.lowerBound <= to.lowerBound
      else { throw failure("a range in a set must rise from one character to another") }
      ranges.append(from.lowerBound...to.lowerBound)
    }
    at += 1
    let result = negated ? ScalarSet.complement(ranges) : ScalarSet.sorted(ranges)
    if result.isEmpty { throw failure("no character is in this set") }
    return result
  }
}
