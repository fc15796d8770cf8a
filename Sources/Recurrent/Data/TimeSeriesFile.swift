extension NumericSequences {
  /// Reads a `.ts` file of the UCR and UEA archives (Bagnall et al. 2018): a header of lines that begin with `@`, then a
  /// sequence on each line, its dimensions apart by colons, their values by commas, and its label last.
  ///
  /// Where there are time stamps (`(2007-01-01 00:00:00,241.97)`) they are passed over: values stand in order. Steps at the
  /// end of a sequence in which all values are missing are cut off, since they fill it up to the length of others.
  public init(reading path: String, encoding: TextEncoding? = nil) throws(NumericSequenceError) {
    let file: TextFile
    do { file = try TextFile(reading: path, encoding: encoding) } catch { throw .text(error) }
    var header = TimeSeriesHeader()
    var sequences: [NumericSequence] = []
    for (index, line) in file.lines.enumerated() {
      let line = line.trimmed
      if line.isEmpty || line.first == UInt8(ascii: "#") || line.first == UInt8(ascii: "%") { continue }
      if !header.isComplete {
        try header.read(line.text, path: file.path, line: index + 1)
      } else {
        var sequence = try header.sequence(line, path: file.path, line: index + 1)
        sequence.name = "\(sequences.count + 1)"
        header.dimensions = sequence.channels
        sequences.append(sequence)
      }
    }
    guard !sequences.isEmpty, let channels = header.dimensions else { throw .noSequences(path: file.path) }
    self.init(path: file.path, channels: (1...channels).map(String.init), sequences: sequences, note: file.note)
  }
}

/// What the lines before the data of a `.ts` file say.
private struct TimeSeriesHeader {
  var isComplete = false
  var dimensions: Int?
  private var equalLength = false
  private var length: Int?
  private var isLabelled = false
  /// The labels that the header names; none if it names none, as for targets that are numbers.
  private var labels: [String] = []

  mutating func read(_ text: String, path: String, line: Int) throws(NumericSequenceError) {
    let words = text.split { $0.isWhitespace }.map(String.init)
    guard let tag = words.first, tag.hasPrefix("@") else { throw .dataBeforeHeader(path: path, line: line) }
    func flag() throws(NumericSequenceError) -> Bool {
      switch words.dropFirst().first?.lowercased() {
      case "true": return true
      case "false": return false
      default: throw .badHeader(path: path, line: line, tag: String(tag.dropFirst()))
      }
    }
    func number() throws(NumericSequenceError) -> Int {
      guard let number = words.dropFirst().first.flatMap({ Int($0) }), number > 0 else {
        throw .badHeader(path: path, line: line, tag: String(tag.dropFirst()))
      }
      return number
    }
    switch tag.lowercased() {
    case "@data": isComplete = true
    case "@univariate": if try flag() { dimensions = 1 }
    case "@dimensions", "@dimension": dimensions = try number()
    case "@equallength": equalLength = try flag()
    case "@serieslength": length = try number()
    case "@classlabel", "@targetlabel":
      isLabelled = try flag()
      labels = isLabelled ? Array(words.dropFirst(2)) : []
    // @problemName, @timeStamps, @missing and what else there may be: the data shows it.
    default: break
    }
  }

  func sequence(
    _ line: ArraySlice<UInt8>, path: String, line number: Int
  ) throws(NumericSequenceError) -> NumericSequence {
    var parts = Self.split(line, at: UInt8(ascii: ":"))
    let label = isLabelled ? parts.popLast()?.trimmed.text : nil
    if let label, label.isEmpty || !(labels.isEmpty || labels.contains(label)) {
      throw .unknownLabel(path: path, line: number, label: label, labels: labels)
    }
    guard !parts.isEmpty, parts.count == dimensions ?? parts.count else {
      throw .channels(path: path, line: number, found: parts.count, expected: dimensions ?? 1)
    }
    var rows: [[Float]] = []
    for part in parts {
      var row: [Float] = []
      for field in Self.split(part, at: UInt8(ascii: ",")) {
        row.append(try NumericSequenceError.number(Self.value(field.trimmed).text, path: path, line: number))
      }
      if let first = rows.first, first.count != row.count {
        throw .unequalChannels(
          path: path, line: number, channel: rows.count + 1, length: row.count, first: first.count)
      }
      rows.append(row)
    }
    if equalLength, let length, rows[0].count != length {
      throw .length(path: path, line: number, found: rows[0].count, expected: length)
    }
    let last = rows[0].indices.last { step in rows.contains { !$0[step].isNaN } } ?? 0
    let values = (0...last).flatMap { step in rows.map { $0[step] } }
    return NumericSequence(values: values, channels: rows.count, label: label, line: number)
  }

  /// The parts between separators that do not stand in parentheses.
  private static func split(_ line: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = line.startIndex
    var isInside = false
    for index in line.indices {
      switch line[index] {
      case UInt8(ascii: "("): isInside = true
      case UInt8(ascii: ")"): isInside = false
      case separator where !isInside:
        parts.append(line[start..<index])
        start = index + 1
      default: break
      }
    }
    return parts + [line[start...]]
  }

  /// The value of `(time, value)`, or of a value alone.
  private static func value(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard field.first == UInt8(ascii: "("), field.last == UInt8(ascii: ")"),
      let comma = field.lastIndex(of: UInt8(ascii: ","))
    else { return field }
    return field[(comma + 1)...].dropLast().trimmed
  }
}
