import Recurrent
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The folder of data that stands beside the project.
enum RealData {
  static let folder = ProcessInfo.processInfo.environment["RECURRENT_DATA"] ?? StructureTests.root + "/../shared/data"
  static var exists: Bool { FileManager.default.fileExists(atPath: "\(folder)/tagging/conll2002-esp.train") }
}

/// Files that stand beside the project where there are any: as many rows and sentences as their authors say.
@Suite(.enabled(if: RealData.exists, "no data: name its folder with RECURRENT_DATA"))
struct RealDataTests {
  @Test func messagesWithQuotes() throws {
    let table = try Table(reading: "\(RealData.folder)/classification/sms-spam.tsv")
    #expect(table.columns == ["Label", "SMS"] && table.rows.count == 5574)
    #expect(try table.labels("Label").count { $0 == "spam" } == 747)
    #expect(zip(table.lines, 2...).allSatisfy { $0 == $1 })
  }

  @Test func reviews() throws {
    let table = try Table(reading: "\(RealData.folder)/classification/movie-reviews.tsv")
    #expect(table.columns == ["label", "fold", "text"] && table.rows.count == 2000)
    #expect(try table.labels("label").count { $0 == "neg" } == 1000)
    for fold in 0..<10 { #expect(try table.labels("fold").count { $0 == "\(fold)" } == 200) }
  }

  @Test(arguments: [
    ("korean-chatbot.csv", "seq2seq", 11_823), ("ETTh1.csv", "forecasting", 17_420), ("ncsoft.csv", "forecasting", 23),
  ])
  func commaSeparated(_ name: String, _ folder: String, _ count: Int) throws {
    #expect(try Table(reading: "\(RealData.folder)/\(folder)/\(name)").rows.count == count)
  }

  /// Sentences and chunks as the shared task's evaluation counts them. Each file has one I after O.
  @Test(arguments: [
    ("train", 8323, 18_798, 221_619), ("testa", 1915, 4352, 30_882), ("testb", 1517, 3559, 9291),
  ])
  func namedEntities(_ part: String, _ sentences: Int, _ chunks: Int, _ illegal: Int) throws {
    let file = try ColumnFile(reading: "\(RealData.folder)/tagging/conll2002-esp.\(part)")
    #expect(file.sentences.count == sentences && file.note == nil)
    #expect(file.scheme == .iob2 && file.violations(of: .iob2).map(\.line) == [illegal])
    #expect(file.sentences.reduce(0) { $0 + EntitySpan.spans(in: $1.tags).count } == chunks)
    let repaired = file.sentences(in: .iob2)
    for scheme in [TagScheme.iob1, .iobes, .bilou] {
      let converted = file.sentences(in: scheme)
      #expect(zip(repaired, converted).allSatisfy { TagScheme.iob2.converted($1.tags) == $0.tags })
      #expect(TagScheme(detecting: converted.map(\.tags)) == scheme)
    }
  }
}
