import Recurrent
import Tensors
import Testing

/// Against a dictionary of arrays.
@Suite struct ByteStringTableTests {
  /// Lengths on both sides of the eight bytes that are hashed at a time; few different bytes, so that strings come again.
  @Test(arguments: [1, 4, 9, 33]) func stringsAreNumberedAsTheyCome(_ longest: Int) {
    var random = SequentialRandom(RandomKey(seed: UInt64(longest)))
    var table = ByteStringTable()
    var expected: [[UInt8]: Int] = [:]
    for _ in 0..<5000 {
      let string = (0..<Int.random(in: 0...longest, using: &random)).map { _ in
        UInt8.random(in: 0..<3, using: &random) &* 85
      }
      string.withUnsafeBytes { #expect(table.find($0) == expected[string]) }
      let number = expected[string] ?? expected.count
      expected[string] = number
      string.withUnsafeBytes { #expect(table.insert($0) == number && table.find($0) == number) }
    }
    #expect(table.count == expected.count)
    #expect(expected.allSatisfy { Array(table[$1]) == $0 })
  }
}
