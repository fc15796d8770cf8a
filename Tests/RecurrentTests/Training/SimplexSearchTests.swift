import Recurrent
import Testing

@Suite struct SimplexSearchTests {
  @Test func valleysAreFound() {
    let bowl = SimplexSearch.minimum(from: [0, 0, 0], steps: 400) { x in
      (x[0] - 3) * (x[0] - 3) + 2 * (x[1] + 1) * (x[1] + 1) + (x[2] - x[0]) * (x[2] - x[0]) + 1
    }
    // It ends where values differ by 1e-9, of a square, so places by less than 1e-4.
    for (value, wanted) in zip(bowl, [3, -1, 3.0]) { #expect(abs(value - wanted) < 1e-3) }
    // The valley of Rosenbrock, from its usual start.
    let bent = SimplexSearch.minimum(from: [-1.2, 1], steps: 400) { x in
      100 * (x[1] - x[0] * x[0]) * (x[1] - x[0] * x[0]) + (1 - x[0]) * (1 - x[0])
    }
    #expect(abs(bent[0] - 1) < 1e-3 && abs(bent[1] - 1) < 1e-3)
    #expect(SimplexSearch.minimum(from: [2]) { _ in 5 } == [2])
  }
}
