import Recurrent
import TestSupport
import Testing

@Suite struct TimeSeriesFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String) throws -> NumericSequences {
    try NumericSequences(reading: folder.write(text.utf8, to: "x.ts"))
  }

  private var path: String { "\(folder.path)/x.ts" }

  /// Values with -99 for what is missing, which is equal to itself.
  private func values(_ file: NumericSequences) -> [[Float]] {
    file.sequences.map { $0.values.map { $0.isNaN ? -99 : $0 } }
  }

  static let many = """
    # A comment
    @problemName Two channels
    @timeStamps false
    @missing true
    @univariate false
    @dimensions 2
    @equalLength false
    @classLabel true a b c
    @data
    1,2,3:4,5,6:a
    % another
    -1.5e1, ? , 0:NaN,7,8: b

    1,?,?:2,3,nan:c
    ?:?:a
    """

  @Test func severalDimensions() throws {
    let file = try read(Self.many)
    #expect(file.channels == ["1", "2"])
    #expect(values(file) == [[1, 4, 2, 5, 3, 6], [-15, -99, -99, 7, 0, 8], [1, 2, -99, 3], [-99, -99]])
    #expect(file.sequences.map(\.label) == ["a", "b", "c", "a"])
    #expect(file.sequences.map(\.time) == [3, 3, 2, 1])
    #expect(file.sequences.map(\.line) == [10, 12, 14, 15] && file.sequences.map(\.name) == ["1", "2", "3", "4"])
  }

  @Test func oneDimension() throws {
    let times =
      "@univariate true\n@timeStamps true\n@classLabel true 1 2\n@data\n"
      + "(2007-01-01 00:00:00,241.5),(2007-01-01 00:01:00,?):1\n(0,1),(1,2),(2,3):2\n"
    #expect(try values(read(times)) == [[241.5], [1, 2, 3]])
    let targets = try read("@problemname x\n@univariate TRUE\n@targetlabel true\n@data\n1,2:0.25\n3:-1\n")
    #expect(targets.sequences.map(\.label) == ["0.25", "-1"])
    let unlabelled = try read("@univariate true\n@classLabel false\n@data\n1,2\n")
    #expect(unlabelled.sequences[0].label == nil && values(unlabelled) == [[1, 2]])
    #expect(try read("@classlabel false\n@data\n1,2:3,4:5,6\n").channels.count == 3)
  }

  @Test(arguments: [
    ("1,2:a\n", NumericSequenceError.dataBeforeHeader(path: "", line: 1)),
    ("@univariate\n@data\n1\n", .badHeader(path: "", line: 1, tag: "univariate")),
    ("@dimensions x\n@data\n1\n", .badHeader(path: "", line: 1, tag: "dimensions")),
    ("@dimensions 0\n@data\n1\n", .badHeader(path: "", line: 1, tag: "dimensions")),
    ("@classLabel maybe\n@data\n1\n", .badHeader(path: "", line: 1, tag: "classLabel")),
    ("@data\n", .noSequences(path: "")), ("@univariate true\n", .noSequences(path: "")),
    ("@dimensions 2\n@data\n1:2\n1\n", .channels(path: "", line: 4, found: 1, expected: 2)),
    ("@univariate true\n@data\n1:2\n", .channels(path: "", line: 3, found: 2, expected: 1)),
    ("@data\n1:2\n1:2:3\n", .channels(path: "", line: 3, found: 3, expected: 2)),
    ("@classLabel true a\n@data\na\n", .channels(path: "", line: 3, found: 0, expected: 1)),
    ("@data\n1,2:3\n", .unequalChannels(path: "", line: 2, channel: 2, length: 1, first: 2)),
    ("@equalLength true\n@seriesLength 3\n@data\n1,2\n", .length(path: "", line: 4, found: 2, expected: 3)),
    ("@data\n1,x\n", .notANumber(path: "", line: 2, text: "x")),
    ("@data\n1,,2\n", .notANumber(path: "", line: 2, text: "")),
    ("@data\n1,1e99\n", .notANumber(path: "", line: 2, text: "1e99")),
    ("@data\ninf\n", .notANumber(path: "", line: 2, text: "inf")),
    ("@classLabel true a b\n@data\n1:c\n", .unknownLabel(path: "", line: 3, label: "c", labels: ["a", "b"])),
    ("@classLabel true a b\n@data\n1:\n", .unknownLabel(path: "", line: 3, label: "", labels: ["a", "b"])),
  ])
  func damageIsNamed(_ text: String, _ expected: NumericSequenceError) {
    var found = ""
    do { _ = try read(text) } catch { found = "\(error)" }
    // They differ in the path alone.
    #expect(found.replacing(path, with: "") == expected.description)
  }

  @Test func everyCutIsReadOrRefused() throws {
    for text in [Self.many, "@timeStamps true\n@data\n(2007-01-01 00:00:00,1),((,2)),(,):(3,?),(),(1"] {
      let bytes = Array(text.utf8)
      for count in 0...bytes.count {
        let path = try folder.write(bytes[..<count], to: "cut.ts")
        do {
          let file = try NumericSequences(reading: path)
          #expect(file.sequences.allSatisfy { $0.channels == file.channels.count && $0.time > 0 })
        } catch {
          #expect(error.description.contains("cut.ts"))
        }
      }
    }
  }
}
