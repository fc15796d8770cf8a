/// A column of a column file.
public enum ColumnSelector: Sendable, Hashable, CustomStringConvertible {
  /// From 1 at the left, or from -1 at the right.
  case number(Int)
  /// A column of CoNLL-U, such as `FORM` or `UPOS`, or one that the file's `# global.columns` names (CoNLL-U Plus).
  case name(String)

  /// A number or a name; nil for 0 and for no text.
  public init?(_ text: String) {
    let number = Int(text)
    if text.isEmpty || number == 0 { return nil }
    self = number.map { .number($0) } ?? .name(text.uppercased())
  }

  public var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .name(let name): name
    }
  }

  /// Its place among the columns of a line.
  func place(count: Int, names: [String]) -> Int? {
    switch self {
    case .number(let number):
      let place = number > 0 ? number - 1 : count + number
      return number != 0 && 0..<count ~= place ? place : nil
    case .name(let name): return names.firstIndex(of: name.uppercased()).flatMap { $0 < count ? $0 : nil }
    }
  }
}
