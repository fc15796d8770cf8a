/// Why a column file is refused.
public enum ColumnFileError: Error, Equatable, CustomStringConvertible {
  case text(TextFileError)
  case noSentences(path: String)
  case missingColumn(path: String, line: Int, column: ColumnSelector, count: Int)
  case sameColumn(path: String, line: Int, column: ColumnSelector)

  public var description: String {
    switch self {
    case .text(let error): error.description
    case .noSentences(let path): "\(path): there are no sentences in it; name a file with one token a line"
    case .missingColumn(let path, let line, let column, let count):
      "\(path):\(line): this line has no column \(column), but \(count) in all; choose another, or mend the line"
    case .sameColumn(let path, let line, let column):
      "\(path):\(line): column \(column) is to hold both the token and its tag; choose another, or mend the line"
    }
  }
}

/// Sentences with a token on each line and its tags in columns beside it, as the shared tasks of CoNLL have them: columns
/// are apart by tabs, or else by blanks, sentences by blank lines. `-DOCSTART-` lines are left out.
///
/// In CoNLL-U (known by the extension `.conllu` or `.conllup`, by a column chosen by name, or by ten columns of which the
/// first is a number) lines that begin with `#`, tokens of several words (`3-4`) and empty nodes (`5.1`) are left out too.
/// In other files, a line that begins a sentence with `#` is a comment if its tag occurs in no other line.
public struct ColumnFile: Sendable {
  /// What the user calls it.
  public let path: String
  public let sentences: [TaggedSentence]
  /// What the user should know, see `TextFile.note`.
  public let note: String?

  /// - Parameters:
  ///   - path: a file, a pipe, or `-` for standard input.
  ///   - token: nil for the first column; FORM in CoNLL-U.
  ///   - tag: nil for the last column; UPOS in CoNLL-U.
  ///   - tagged: false to read tokens only.
  ///   - encoding: nil to detect it.
  public init(
    reading path: String, token: ColumnSelector? = nil, tag: ColumnSelector? = nil, tagged: Bool = true,
    encoding: TextEncoding? = nil
  ) throws(ColumnFileError) {
    let file: TextFile
    do { file = try TextFile(reading: path, encoding: encoding) } catch { throw .text(error) }
    self.path = file.path
    note = file.note
    let lines = file.lines
    let names = Self.columnNames(lines)
    let isUniversal = Self.isUniversal(file.path, lines, chosen: [token, tag])
    let token = token ?? (isUniversal ? .name("FORM") : .number(1))
    let tag = tag ?? (isUniversal ? .name("UPOS") : .number(-1))
    let comments = isUniversal ? [] : Self.comments(lines, tag: tagged ? tag : nil, names: names)
    var sentences: [TaggedSentence] = []
    var sentence = TaggedSentence(tokens: [], tags: [], lines: [])
    func finish() {
      if !sentence.tokens.isEmpty { sentences.append(sentence) }
      sentence = TaggedSentence(tokens: [], tags: [], lines: [])
    }
    for (index, line) in lines.enumerated() {
      let columns = Self.columns(line)
      guard let first = columns.first, !first.elementsEqual("-DOCSTART-".utf8) else {
        finish()
        continue
      }
      if comments.contains(index) || isUniversal && Self.isNoToken(first) { continue }
      func place(_ column: ColumnSelector) throws(ColumnFileError) -> Int {
        guard let place = column.place(count: columns.count, names: names) else {
          throw .missingColumn(path: file.path, line: index + 1, column: column, count: columns.count)
        }
        return place
      }
      let form = try place(token)
      sentence.tokens.append(columns[form].text)
      sentence.lines.append(index + 1)
      if tagged {
        let label = try place(tag)
        guard label != form else { throw .sameColumn(path: file.path, line: index + 1, column: tag) }
        sentence.tags.append(columns[label].text)
      }
    }
    finish()
    if sentences.isEmpty { throw .noSentences(path: file.path) }
    self.sentences = sentences
  }

  private static let hash = UInt8(ascii: "#")
  private static let tab = UInt8(ascii: "\t")

  private static func columns(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    let hasTabs = line.contains(tab)
    return line.split { hasTabs ? $0 == tab : $0 == UInt8(ascii: " ") }.map(\.trimmed).filter { !$0.isEmpty }
  }

  /// The names that a CoNLL-U Plus file gives its columns on its first line, or those of CoNLL-U.
  private static func columnNames(_ lines: [ArraySlice<UInt8>]) -> [String] {
    let words = lines.first?.text.split(whereSeparator: \.isWhitespace) ?? []
    if words.starts(with: ["#", "global.columns", "="]) {
      return words.dropFirst(3).map { $0.uppercased() }
    }
    return ["ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC"]
  }

  private static func isUniversal(
    _ path: String, _ lines: [ArraySlice<UInt8>], chosen: [ColumnSelector?]
  ) -> Bool {
    if path.hasSuffix(".conllu") || path.hasSuffix(".conllup") { return true }
    if chosen.contains(where: { if case .name = $0 { true } else { false } }) { return true }
    let line = columns(lines.first { !$0.trimmed.isEmpty && $0.first != hash } ?? [])
    return line.count == 10 && (Int(line[0].text) != nil || isNoToken(line[0]))
  }

  /// A comment, or the number of several words (`3-4`) or an empty node (`5.1`).
  private static func isNoToken(_ id: ArraySlice<UInt8>) -> Bool {
    if id.first == hash { return true }
    let parts = id.split(maxSplits: 1, omittingEmptySubsequences: false) {
      $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
    }
    return parts.count == 2 && parts.allSatisfy { Int($0.text) != nil }
  }

  /// The lines that are comments though the file is not CoNLL-U, where `#` may as well be a token: such as begin a
  /// sentence and have another tag than all other lines or, where no tags are read, another number of columns.
  private static func comments(
    _ lines: [ArraySlice<UInt8>], tag: ColumnSelector?, names: [String]
  ) -> Set<Int> {
    var comments: Set<Int> = []
    for (index, line) in lines.enumerated() where line.first == hash {
      if index == 0 || lines[index - 1].trimmed.isEmpty || comments.contains(index - 1) { comments.insert(index) }
    }
    if comments.isEmpty { return [] }
    func mark(_ line: ArraySlice<UInt8>) -> String {
      let columns = columns(line)
      guard let tag else { return "\(columns.count)" }
      return tag.place(count: columns.count, names: names).map { columns[$0].text } ?? ""
    }
    let known = Set(
      lines.indices.lazy.filter { !comments.contains($0) && !lines[$0].trimmed.isEmpty }.map { mark(lines[$0]) })
    return known.isEmpty ? [] : comments.filter { !known.contains(mark(lines[$0])) }
  }

  /// The scheme of all tags.
  public var scheme: TagScheme { TagScheme(detecting: sentences.lazy.map(\.tags)) }

  /// The tags that a scheme does not allow where they stand. In the order of lines.
  public func violations(of scheme: TagScheme) -> [TagViolation] {
    var violations: [TagViolation] = []
    for sentence in sentences {
      let tags = sentence.tags
      for (index, repaired) in scheme.converted(tags).enumerated() {
        // M is I by another name.
        if scheme == .plain || Tag(tags[index]) == Tag(repaired) { continue }
        violations.append(
          TagViolation(
            path: path, line: sentence.lines[index], scheme: scheme, tag: tags[index],
            previous: index > 0 ? tags[index - 1] : nil, next: index + 1 < tags.count ? tags[index + 1] : nil,
            repaired: repaired))
      }
    }
    return violations
  }

  /// The sentences with their tags in a scheme, illegal ones repaired.
  public func sentences(in scheme: TagScheme) -> [TaggedSentence] {
    sentences.map { TaggedSentence(tokens: $0.tokens, tags: scheme.converted($0.tags), lines: $0.lines) }
  }
}
