import Recurrent
import TestSupport
import Testing

@Suite struct ActivationFunctionsTests {
  @Test(arguments: ActivationFunction.allCases) func derivativesAreThoseOfTheValues(function: ActivationFunction) {
    let x: [Float] = [-3, -0.5, 0.25, 2]
    let step: Float = 1 / 64
    let (_, derivatives) = function.values(at: x)
    let (above, below) = (
      function.values(at: x.map { $0 + step }).values, function.values(at: x.map { $0 - step }).values
    )
    for index in x.indices {
      // The third derivatives are at most 2, and step^2 / 6 of that is 8e-5.
      #expect(abs((above[index] - below[index]) / (2 * step) - derivatives[index]) < 1e-4)
    }
  }

  @Test func theGreatestDerivativesAreMarked() {
    #expect(ActivationFunction.sigmoid.plot.marks[0].point.y == 0.25)
    #expect(ActivationFunction.tanh.plot.marks[0].point.y == 1)
    #expect(ActivationFunction.relu.plot.marks[0].point.y == 1)
    let drawing = ActivationFunction.drawing
    #expect(WellFormed.check(drawing) && drawing.contains("at most 0.25") && drawing.contains("1 for all x &gt; 0"))
  }
}
