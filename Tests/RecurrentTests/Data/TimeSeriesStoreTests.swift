import Recurrent
import TestSupport
import Testing

@Suite struct TimeSeriesStoreTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let series = [
    TimeSeries(
      name: "a", times: [1, 2, 3.5], target: [0.1, .nan], past: [[1e-30, -3e29]], known: [[1, 2, .nan], [4, 5, 6]]),
    TimeSeries(name: "b", times: [7], target: [1 / 3.0], past: [[.nan]], known: [[0], [-0.0]]),
  ]

  private func bits(_ series: TimeSeries) -> [[UInt64]] {
    ([series.times, series.target] + series.past + series.known).map { $0.map(\.bitPattern) }
  }

  @Test func everyBitComesBack() throws {
    let path = "\(folder.path)/x.safetensors"
    try TimeSeriesStore(series: Self.series, trained: [1, 1]).write(to: path)
    let read = try TimeSeriesStore(reading: path, names: ["a", "b"])
    #expect(read.trained == [1, 1] && read.series.map(\.name) == ["a", "b"])
    for (one, other) in zip(read.series, Self.series) { #expect(bits(one) == bits(other)) }
  }

  @Test func damageIsRefused() throws {
    let path = "\(folder.path)/x.safetensors"
    try TimeSeriesStore(series: Self.series, trained: [2, 1]).write(to: path)
    #expect(throws: ModelFileError.self) { try TimeSeriesStore(reading: path, names: ["a"]) }
    let whole = try folder.read("x.safetensors")
    for count in stride(from: 0, to: whole.count, by: 7) {
      try folder.write(whole[..<count], to: "cut.safetensors")
      #expect(throws: SafetensorsError.self) {
        try TimeSeriesStore(reading: "\(folder.path)/cut.safetensors", names: ["a", "b"])
      }
    }
    // Each number of a header or a length changed by one is refused or read as something that fits.
    for index in stride(from: 8, to: whole.count, by: 5) {
      var bytes = whole
      bytes[index] ^= 1
      try folder.write(bytes, to: "bit.safetensors")
      _ = try? TimeSeriesStore(reading: "\(folder.path)/bit.safetensors", names: ["a", "b"])
    }
  }
}
