/// What a unit of a model may keep in mind about a text.
public enum TextProperty: Sendable, Hashable, CustomStringConvertible {
  /// Between quotation marks: " and the curly and angled ones. An empty line ends all quotations.
  case quotes
  /// Between ( and ) or [ and ]. An empty line closes all brackets.
  case brackets
  /// Characters since the line began.
  case position
  /// The next token begins with a capital.
  case capital
  /// In a match of a regular expression: of those that begin first, the longest, from left to right.
  case expression(RegularExpression)

  /// - Parameter name: quotes, brackets, position, capital, or else a regular expression.
  public init(_ name: String) throws(RegularExpressionError) {
    switch name {
    case "quotes": self = .quotes
    case "brackets": self = .brackets
    case "position": self = .position
    case "capital": self = .capital
    default: self = .expression(try RegularExpression(name))
    }
  }

  /// False for a number, which units are compared with by correlation.
  public var isYesOrNo: Bool { self != .position }

  public var description: String {
    switch self {
    case .quotes: "inside quotes"
    case .brackets: "inside brackets"
    case .position: "position in the line"
    case .capital: "the next is a capital"
    case .expression(let expression): "in a match of \(expression.pattern)"
    }
  }

  /// The property once a token has been read, of each token: 1 or 0 for yes or no; nil where it is not known.
  ///
  /// - Throws: `ConstraintError.tooLarge` of an expression.
  public func values(_ text: InspectedText) throws(ConstraintError) -> [Double?] {
    let scalars = text.scalars
    let found: [Double]
    switch self {
    case .quotes: found = Self.inside(scalars.map(\.scalar), Self.quoteEnds, toggles: "\"")
    case .brackets: found = Self.inside(scalars.map(\.scalar), ["(": ")", "[": "]"], toggles: nil)
    case .position: found = Self.positions(scalars.map(\.scalar))
    case .capital: found = scalars.map { $0.scalar.properties.isUppercase ? 1 : 0 }
    case .expression(let expression):
      let matched = try Self.matched(text.bytes, expression)
      found = scalars.map { matched[$0.end - 1] ? 1 : 0 }
    }
    // The scalar that each byte belongs to.
    var owners = [Int](repeating: 0, count: text.bytes.count)
    var start = 0
    for (index, scalar) in scalars.enumerated() {
      for byte in start..<scalar.end { owners[byte] = index }
      start = scalar.end
    }
    return text.places.indices.map { index in
      if self == .capital {
        guard index + 1 < text.places.count, !text.places[index + 1].isEmpty else { return nil }
        return found[owners[text.places[index + 1].lowerBound]]
      }
      let place = text.places[index]
      return place.isEmpty ? nil : found[owners[place.upperBound - 1]]
    }
  }

  private static let quoteEnds: [Unicode.Scalar: Unicode.Scalar] = ["“": "”", "„": "“", "«": "»"]

  /// 1 where something is open once a scalar has been read.
  ///
  /// - Parameter toggles: opens where it does not close.
  private static func inside(
    _ scalars: [Unicode.Scalar], _ pairs: [Unicode.Scalar: Unicode.Scalar], toggles: Unicode.Scalar?
  ) -> [Double] {
    var open: [Unicode.Scalar] = []
    var before: Unicode.Scalar?
    return scalars.map { scalar in
      if scalar == open.last {
        open.removeLast()
      } else if scalar == toggles {
        open.append(scalar)
      } else if let end = pairs[scalar] {
        open.append(end)
      } else if scalar == "\n", before == "\n" {
        open = []
      }
      if scalar != "\r" { before = scalar }
      return open.isEmpty ? 0 : 1
    }
  }

  private static func positions(_ scalars: [Unicode.Scalar]) -> [Double] {
    var position = 0
    return scalars.map { scalar in
      position = scalar == "\n" ? 0 : position + 1
      return Double(position)
    }
  }

  /// Of each byte, whether it is in a match.
  private static func matched(
    _ bytes: [UInt8], _ expression: RegularExpression
  ) throws(ConstraintError) -> [Bool] {
    var automaton = try RegularExpressionAutomaton(expression)
    var result = [Bool](repeating: false, count: bytes.count)
    var start = 0
    while start < bytes.count {
      var (state, place, end) = (automaton.start, start, start)
      while place < bytes.count, let next = automaton.next(state, bytes[place]) {
        (state, place) = (next, place + 1)
        if automaton.accepts(state) { end = place }
      }
      for byte in start..<end { result[byte] = true }
      start = max(end, start + 1)
    }
    return result
  }
}
