import Recurrent
import TestSupport
import Tensors
import Testing

@Suite struct WordVectorsTests {
  static func read(_ text: String, _ words: [String], dimension: Int? = nil) throws -> WordVectors {
    let folder = try TemporaryFolder()
    return try WordVectors(reading: try folder.write(text.utf8, to: "v.txt"), words: words, dimension: dimension)
  }

  /// The error, with the path cut off its message.
  static func error(_ text: String, dimension: Int? = nil) throws -> WordVectorsError? {
    do {
      _ = try read(text, ["a", "b"], dimension: dimension)
      return nil
    } catch let error as WordVectorsError {
      return error
    }
  }

  static let same = [
    "a 1 -2.5 3e-1\nb 0.25 +4 -0\n", "2 3\na 1 -2.5 3e-1\nb 0.25 +4 -0",
    "\u{FEFF}2 3 \r\na 1 -2.5 3e-1 \r\nb 0.25 +4 -0 \r\n",
    "a\t1\t-2.5\t3e-1\nb\t.25\t4.\t-0\n", "zz 9 9 9\nb 0.25 +4 -0\na 1 -2.5 3e-1\n. . . 7 7 7\nb 5 5 5\n\n",
  ]

  @Test(arguments: same) func formatsReadTheSame(_ text: String) throws {
    let vectors = try Self.read(text, ["b", "missing", "a", "b"], dimension: 3)
    #expect(vectors.dimension == 3)
    let found = vectors.rows.map { row in
      row.map { vectors.vectors.slice($0..<$0 + 1, axis: 0).scalars }
    }
    #expect(found == [[0.25, 4, 0], nil, [1, -2.5, 0.3], [0.25, 4, 0]])
    #expect(vectors.vectors.shape == [2, 3])
  }

  @Test func wordsWithSpacesAndOfManyBytesAreFound() throws {
    let vectors = try Self.read("é 1 2\n. . . 3 4\ne\u{301} 5 6\n", [". . .", "e\u{301}", "é"])
    #expect(vectors.vectors.scalars == [1, 2, 3, 4, 5, 6])
    #expect(vectors.rows == [1, 2, 0])
  }

  /// Whole lines and numbers lie across the pieces in which a file is read.
  @Test func largeFilesAreReadInPieces() throws {
    var text = "40000 20\n"
    for word in 0..<40_000 {
      text += "w\(word) " + (0..<20).map { "\(word % 97).\($0 + 10)" }.joined(separator: " ") + "\n"
    }
    let words = (0..<40_000).filter { $0 % 7 == 0 }
    let vectors = try Self.read(text, words.map { "w\($0)" })
    #expect(vectors.rows == Array(words.indices))
    let expected = words.flatMap { word in (0..<20).map { Float("\(word % 97).\($0 + 10)") ?? .nan } }
    #expect(vectors.vectors.scalars == expected)
  }

  /// Every number is rounded as the standard library reads it.
  @Test func numbersAreExact() throws {
    var random = SequentialRandom(RandomKey(seed: 1))
    var texts = ["1e-45", "1.5E+3", "0.000000000000000000000000001", "123456789012345678901234567890", "-0", "00.5"]
    for index in 0..<5000 {
      let value = Double.random(in: -2...2, using: &random)
      texts.append(index % 2 == 0 ? "\(value)" : "\(Float(value))")
    }
    let vectors = try Self.read("a " + texts.joined(separator: " "), ["a"])
    #expect(vectors.vectors.scalars == texts.map { Float($0) ?? .nan })
  }

  @Test(arguments: [
    ("a 1 2\nb 1\n", 2, 1, 2), ("a 1 2\nb\n", 2, 0, 2), ("a\n", 1, 0, 1), ("3 2\na 1 2 3\n", 2, 3, 2),
    ("2 3\nx 1 2\n", 2, 2, 3),
  ])
  func wrongCountsAreNamedWithTheirLine(_ text: String, _ line: Int, _ found: Int, _ wanted: Int) throws {
    guard case .values(_, line, found, wanted) = try Self.error(text) else {
      Issue.record("\(String(describing: try Self.error(text)))")
      return
    }
  }

  @Test(arguments: ["x", "nan", "inf", "1e99", "0x1p3", "1_0", "--1", "1.2.3", "", "-", ".", "1e", "٣"])
  func whatIsNotANumberIsNamed(_ wrong: String) throws {
    guard case .notANumber(_, 2, wrong) = try Self.error("x 1 2 3\na 1 \(wrong) 3\n") else {
      Issue.record("\(String(describing: try Self.error("x 1 2 3\na 1 \(wrong) 3\n")))")
      return
    }
  }

  @Test func otherErrorsSayWhatTheyAre() throws {
    guard case .dimension(_, 2, 3) = try Self.error("a 1 2\n", dimension: 3) else { throw Wrong() }
    guard case .cut(_, 1, 7) = try Self.error("7 2\na 1 2\n") else { throw Wrong() }
    guard case .empty = try Self.error("") else { throw Wrong() }
    guard case .empty = try Self.error("\n\n") else { throw Wrong() }
    guard case .empty = try Self.error("0 5\n") else { throw Wrong() }
    let endless = "a 1\n" + String(repeating: "x", count: 3 << 20)
    guard case .lineTooLong(_, 2) = try Self.error(endless) else { throw Wrong() }
    #expect(throws: WordVectorsError.file(.file(.missing(path: "/nowhere/v.txt")))) {
      _ = try WordVectors(reading: "/nowhere/v.txt", words: [])
    }
  }

  private struct Wrong: Error {}
}
