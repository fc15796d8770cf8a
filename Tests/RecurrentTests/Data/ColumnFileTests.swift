import Recurrent
import TestSupport
import Testing

@Suite struct ColumnFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(
    _ text: String, _ name: String = "x.conll", token: ColumnSelector? = nil, tag: ColumnSelector? = nil,
    tagged: Bool = true
  ) throws -> ColumnFile {
    try ColumnFile(reading: folder.write(text.utf8, to: name), token: token, tag: tag, tagged: tagged)
  }

  @Test func sentencesOfColumns() throws {
    let text = "-DOCSTART- -X- O O\r\n\r\nEl  DA O\r\nEFE NC B-ORG\r\n\r\n \t\r\n-DOCSTART- -X- O\nSí\tadv\tO"
    let file = try read(text)
    #expect(
      file.sentences == [
        TaggedSentence(tokens: ["El", "EFE"], tags: ["O", "B-ORG"], lines: [3, 4]),
        TaggedSentence(tokens: ["Sí"], tags: ["O"], lines: [8]),
      ])
    for (token, tag) in [(1, 2), (-3, -2), (1, -2)] {
      let other = try read(text, token: .number(token), tag: .number(tag))
      #expect(other.sentences.map(\.tags) == [["DA", "NC"], ["adv"]] && other.scheme == .plain)
      #expect(other.sentences.map(\.tokens) == [["El", "EFE"], ["Sí"]])
    }
    let words = try read("one\ntwo\n\n#\n", tagged: false)
    #expect(words.sentences.map(\.tokens) == [["one", "two"], ["#"]] && words.sentences[0].tags.isEmpty)
  }

  @Test func selectors() {
    #expect(ColumnSelector("3") == .number(3) && ColumnSelector("-1") == .number(-1))
    #expect(ColumnSelector("upos") == .name("UPOS"))
    #expect(ColumnSelector("0") == nil && ColumnSelector("") == nil)
  }

  static let universal = """
    # sent_id = 1
    # text = Vámonos al 10 000
    1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_
    1\tVamos\tir\tVERB\t_\t_\t0\troot\t_\tNER=O
    2\tnos\tnosotros\tPRON\t_\t_\t1\tobj\t_\t_
    2.1\tx\tx\tX\t_\t_\t_\t_\t1:dep\t_
    3\t10 000\t_\tNUM\tm\t_\t1\tobl\t_\t_

    1\t#\t#\tSYM\t_\t_\t0\troot\t_\t_

    """

  @Test func universalDependencies() throws {
    for name in ["x.conllu", "x.txt"] {
      let file = try read(Self.universal, name)
      #expect(file.sentences.map(\.tokens) == [["Vamos", "nos", "10 000"], ["#"]])
      #expect(file.sentences.map(\.tags) == [["VERB", "PRON", "NUM"], ["SYM"]])
      #expect(file.sentences.map(\.lines) == [[4, 5, 7], [9]])
      #expect(file.scheme == .plain && file.violations(of: .plain).isEmpty)
    }
    let other = try read(Self.universal, token: .name("lemma"), tag: .number(5))
    #expect(other.sentences[0].tokens == ["ir", "nosotros", "_"] && other.sentences[0].tags == ["_", "_", "m"])
    let plus = "# global.columns = ID FORM NER:TAG\n1\ta\tB-X\n2\tb\tI-X\n"
    #expect(try read(plus, "x.conllup", tag: .name("ner:tag")).sentences[0].tags == ["B-X", "I-X"])
    #expect(throws: ColumnFileError.missingColumn(path: "\(folder.path)/x", line: 4, column: .name("NER"), count: 10)) {
      try read(Self.universal, "x", tag: .name("NER"))
    }
  }

  /// A mark that is a comment in one file is a token in another.
  @Test func hashes() throws {
    let comments = "# id 1 domain=en\n# x\nEl _ _ O\nSol _ _ B-X\n\n# id 2 domain=en\n# _ _ O\n#sol _ _ B-X\n"
    #expect(try read(comments).sentences.map(\.tokens) == [["El", "Sol"], ["#", "#sol"]])
    let scores = "3-4 O\n5.1 O\n# O\n"
    #expect(try read(scores).sentences.map(\.tokens) == [["3-4", "5.1", "#"]])
    #expect(try read("# O\n").sentences.map(\.tokens) == [["#"]])
  }

  @Test func linesThatLackColumnsAreRefused() throws {
    let path = "\(folder.path)/x.conll"
    #expect(throws: ColumnFileError.missingColumn(path: path, line: 2, column: .number(3), count: 2)) {
      try read("a x O\nb O\n", tag: .number(3))
    }
    #expect(throws: ColumnFileError.missingColumn(path: path, line: 1, column: .number(-4), count: 3)) {
      try read("a x O\n", token: .number(-4))
    }
    #expect(throws: ColumnFileError.sameColumn(path: path, line: 3, column: .number(-1))) { try read("a O\n\nb\n") }
    #expect(throws: ColumnFileError.noSentences(path: path)) { try read("\n-DOCSTART- O\n\n") }
  }

  @Test func illegalTags() throws {
    let file = try read("a O\nb I-X\nc I-Y\n\nd I-X\ne B-X\nf 0\n\ng B-X\nh I-X\n\nk B-X\n\nl B-Y\n\nm B-X\n")
    #expect(file.scheme == .iob2)
    let violations = file.violations(of: .iob2)
    #expect(violations.map(\.line) == [2, 3, 5, 7])
    #expect(violations.map(\.repaired) == ["B-X", "B-Y", "B-X", "O"])
    #expect(violations[0].description == "\(file.path):2: I-X after O and before I-Y is not IOB2; read as B-X")
    #expect(violations[2].description == "\(file.path):5: I-X at the start and before B-X is not IOB2; read as B-X")
    #expect(file.sentences(in: .iob2).map(\.tags)[0] == ["O", "B-X", "B-Y"])
    #expect(file.violations(of: .iobes).map(\.line) == [2, 3, 5, 6, 7, 10, 12, 14, 16])
    #expect(try read("a B-X\nb M-X\nc E-X\n").violations(of: .iobes).isEmpty)
  }

  @Test func everyCutIsReadOrRefused() throws {
    for text in [Self.universal, "# id\n-DOCSTART- -X- O\n\nEl\tDA\tO\nSí B-X\n\nl I-X\n"] {
      let bytes = Array(text.utf8)
      for count in 0...bytes.count {
        let path = try folder.write(bytes[..<count], to: "cut")
        for (token, tag) in [(nil, nil), (.name("FORM"), .number(-1)), (.number(3), .number(1))]
          as [(ColumnSelector?, ColumnSelector?)]
        {
          do {
            let file = try ColumnFile(reading: path, token: token, tag: tag)
            #expect(file.sentences.allSatisfy { $0.tokens.count == $0.tags.count && !$0.tokens.contains("") })
            for scheme in TagScheme.allCases { _ = file.violations(of: scheme) }
          } catch {
            #expect(error.description.contains("cut"))
          }
        }
      }
    }
  }
}
